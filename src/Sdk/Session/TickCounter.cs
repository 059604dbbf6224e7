namespace SelfProfiler.Session;

/// <summary>Counts ticks and measures the time between them from the samples' timestamps. Written by the pump; the two results can be read by anyone.</summary>
internal sealed class TickCounter
{
    /// <summary>The samples of one tick are microseconds apart, ticks at least the runtime's 1 ms sleep.</summary>
    private const long SameTick = 500_000;

    private const int Remembered = 31;

    private readonly long[] _intervals = new long[Remembered];
    private readonly long[] _sorted = new long[Remembered];
    private long _lastSample = long.MinValue;
    private long _lastTick;
    private int _known;
    private int _next;
    private long _ticks;
    private long _interval;

    /// <summary>Ticks since the start.</summary>
    public long Ticks => Volatile.Read(ref _ticks);

    /// <summary>Median of the last intervals (ns); 0 while nothing was measured.</summary>
    public long Interval => Volatile.Read(ref _interval);

    /// <summary>A sample of a tick, in the order of the stream. True: it is the first of a new tick.</summary>
    public bool Observe(long timestamp)
    {
        bool first = _lastSample == long.MinValue;
        bool sameTick = !first && timestamp - _lastSample < SameTick;
        _lastSample = timestamp;
        if (sameTick)
        {
            return false;
        }

        if (!first)
        {
            Remember(timestamp - _lastTick);
        }

        _lastTick = timestamp;
        Volatile.Write(ref _ticks, _ticks + 1);
        return true;
    }

    /// <summary>A new stream begins: the time since the last tick of the one before is no interval.</summary>
    public void StartStream() => _lastSample = long.MinValue;

    private void Remember(long interval)
    {
        _intervals[_next] = interval;
        _next = (_next + 1) % Remembered;
        _known = Math.Min(_known + 1, Remembered);
        Array.Copy(_intervals, _sorted, _known);
        Array.Sort(_sorted, 0, _known);
        Volatile.Write(ref _interval, _sorted[_known / 2]);
    }
}
