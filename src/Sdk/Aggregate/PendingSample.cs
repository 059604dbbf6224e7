namespace SelfProfiler.Aggregate;

/// <summary>A tick or kernel sample that waits for its weight: the thread's CPU time is known when the clocks are read next.</summary>
internal struct PendingSample
{
    public int Thread;
    public long Timestamp;
    public SampleKey Key;

    /// <summary>Kernel sample, or tick in managed code: surely or probably computing.</summary>
    public bool Computing;

    /// <summary>A tick whose leaf is known to block: it gets no CPU.</summary>
    public bool Blocked;

    /// <summary>Time that belongs to a sample counted elsewhere (or to none): it adds nanoseconds, not a sample.</summary>
    public bool Extra;

    /// <summary>What it was given.</summary>
    public double CpuNs;
}
