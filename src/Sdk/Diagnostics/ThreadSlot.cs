namespace SelfProfiler.Diagnostics;

/// <summary>What <see cref="ThreadClocks"/> remembers of one thread: totals since the thread started.</summary>
internal struct ThreadSlot(int tid, int generation)
{
    public readonly int Tid = tid;
    public readonly int Generation = generation;

    /// <summary>Of its <c>schedstat</c>; negative when none is kept.</summary>
    public int Descriptor = -1;

    /// <summary>The last pass that found it alive; 0 before the first.</summary>
    public int Pass;

    /// <summary>It had run when it was read last.</summary>
    public bool IsActive;

    public int StatReads;
    public ThreadKind Kind;
    public long CpuNs;
    public long CpuAtStat;
    public long UserNs;
    public long KernelNs;
    public long StartSinceBootNs;
    public long StartNs;
}
