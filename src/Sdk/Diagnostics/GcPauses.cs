namespace SelfProfiler.Diagnostics;

/// <summary>The latest pauses for collections, so that a request can be told how long it stood still because of them. Pump only.</summary>
internal sealed class GcPauses
{
    private const int Kept = 4_096;

    // A ring in time order; pauses of one process never overlap.
    private readonly (long Start, long End)[] _pauses = new (long, long)[Kept];
    private long _count;

    public void Add(long start, long end)
    {
        if (end > start)
        {
            _pauses[_count++ % Kept] = (start, end);
        }
    }

    /// <summary>Nanoseconds of an interval in which the process stood still; pauses that are forgotten are missing.</summary>
    public long Within(long start, long end)
    {
        long sum = 0;
        for (long i = _count - 1; i >= 0 && i >= _count - Kept; i--)
        {
            var (pauseStart, pauseEnd) = _pauses[i % Kept];
            if (pauseEnd <= start)
            {
                break;
            }

            sum += Math.Max(0, Math.Min(end, pauseEnd) - Math.Max(start, pauseStart));
        }

        return sum;
    }
}
