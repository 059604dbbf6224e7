namespace SelfProfiler.Labels;

/// <summary>Things made ready by the pump, to be taken where nothing may be allocated.</summary>
internal sealed class Stock<T>(int fewest, int most)
    where T : class
{
    // The pump fills, any thread empties.
    private readonly T?[] _places = new T?[most];
    private int _from;
    private long _taken;

    // Pump only.
    private readonly int _fewest = fewest;
    private int _wanted = fewest;
    private long _made;

    /// <summary>Things taken so far; counted before the taker does anything with them.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>How many are kept ready. Pump only.</summary>
    public int Wanted
    {
        get => _wanted;
        set => _wanted = Math.Clamp(value, _fewest, _places.Length);
    }

    /// <summary>Any thread. Takes no lock, allocates nothing.</summary>
    public T? Take()
    {
        if (Taken == Volatile.Read(ref _made))
        {
            return null; // not worth a look at every place, for each of thousands of changes
        }

        int start = Volatile.Read(ref _from);
        for (int i = 0; i < _places.Length; i++)
        {
            int place = (int)((uint)(start + i) % (uint)_places.Length);
            if (Volatile.Read(ref _places[place]) is not null && Interlocked.Exchange(ref _places[place], null) is { } taken)
            {
                Interlocked.Increment(ref _taken);
                Volatile.Write(ref _from, place + 1); // a hint, no more
                return taken;
            }
        }

        return null;
    }

    /// <summary>One of those that are more than wanted. Pump only.</summary>
    public T? TakeSurplus() => _made - Taken > _wanted ? Take() : null;

    /// <summary>Fills empty places; more of them from now on when more than half was taken since the last time. Pump only.</summary>
    public void Refill(Func<T?> make)
    {
        long there = _made - Taken;
        if (there >= _wanted)
        {
            return;
        }

        if (there < _wanted / 2 && _made != 0)
        {
            _wanted = Math.Min(_places.Length, _wanted * 2);
        }

        for (int i = 0; i < _places.Length && there < _wanted; i++)
        {
            if (Volatile.Read(ref _places[i]) is null)
            {
                if (make() is not { } made)
                {
                    return;
                }

                Volatile.Write(ref _places[i], made);
                Volatile.Write(ref _made, _made + 1);
                there++;
            }
        }
    }
}
