namespace SelfProfiler.Session;

/// <summary>When a session that failed is tried again: later each time, and not at all after five failures in ten minutes. No clock, no I/O.</summary>
internal sealed class RestartPolicy
{
    public const int MaxFailures = 5;
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _firstDelay = TimeSpan.FromSeconds(2);
    private const int Growth = 3;

    private readonly Queue<long> _failures = new(MaxFailures);

    public bool GaveUp { get; private set; }

    /// <summary>Notes a failure. Null: stay off.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="random">From 0 to 1: spreads the delay from half to one and a half, so that sessions do not fall in step.</param>
    public TimeSpan? OnFailure(long now, double random)
    {
        while (_failures.TryPeek(out long oldest) && now - oldest > (long)Period.TotalNanoseconds)
        {
            _ = _failures.Dequeue();
        }

        _failures.Enqueue(now);
        if (_failures.Count >= MaxFailures)
        {
            GaveUp = true;
            return null;
        }

        return _firstDelay * Math.Pow(Growth, _failures.Count - 1) * (0.5 + random);
    }

    /// <summary>Somebody switched the session off and on again: a new start.</summary>
    public void Reset()
    {
        _failures.Clear();
        GaveUp = false;
    }
}
