namespace SelfProfiler.Session;

/// <summary>A bounded queue between two threads: a short lock around an array, nothing else.</summary>
/// <remarks>Not a ConcurrentQueue: its type initialiser may create an EventSource, which the pump must never wait for.</remarks>
/// <param name="capacity">Room for anything.</param>
/// <param name="reserve">More room, for what must not be refused because others ask for too much.</param>
internal sealed class Mailbox<T>(int capacity, int reserve = 0)
    where T : class
{
    private readonly object _gate = new();
    private readonly T?[] _items = new T?[capacity + reserve];

    // Guarded by _gate.
    private int _first;
    private int _count;
    private bool _closed;
    private long _refused;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>How many did not fit.</summary>
    public long Refused
    {
        get
        {
            lock (_gate)
            {
                return _refused;
            }
        }
    }

    /// <summary>False when it is full or closed: counted, the item is not kept.</summary>
    public bool TryPut(T item, bool vital = false)
    {
        lock (_gate)
        {
            if (_closed || _count >= (vital ? _items.Length : capacity))
            {
                _refused++;
                return false;
            }

            _items[(_first + _count) % _items.Length] = item;
            _count++;
            return true;
        }
    }

    public T? TryTake()
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                return null;
            }

            var item = _items[_first];
            _items[_first] = null;
            _first = (_first + 1) % _items.Length;
            _count--;
            return item;
        }
    }

    /// <summary>Nothing more comes in; what is inside can still be taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }
}
