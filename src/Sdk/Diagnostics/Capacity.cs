namespace SelfProfiler.Diagnostics;

/// <summary>What the process may use: the smaller of the machine and its container. Budgets are shares of it, history is scaled by it.</summary>
/// <param name="Cpus">Processors, possibly a fraction of one.</param>
/// <param name="MemoryBytes">Memory; 0 when unknown.</param>
internal readonly record struct Capacity(double Cpus, long MemoryBytes)
{
    private const long Plenty = 512L << 20;

    /// <summary>Without being told, the runtime takes three quarters of a container's memory for its heap: that is no limit beside the container's.</summary>
    private const double HeapShare = 0.74;

    /// <summary>History is sized for 512 MB and more; below, it shrinks in proportion, to an eighth at most.</summary>
    public double BufferScale => MemoryBytes == 0 ? 1 : Math.Clamp((double)MemoryBytes / Plenty, 0.125, 1);

    public static Capacity Of(CgroupLimits limits)
    {
        // Counts the processors the process is allowed to run on, and rounds a quota up.
        double processors = Environment.ProcessorCount;
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new Capacity(
            Math.Clamp(limits.Cpus ?? processors, 0.01, processors),
            limits.MemoryBytes is { } limit && (memory <= 0 || limit * HeapShare < memory) ? limit : Math.Max(0, memory));
    }

    public static Capacity Read() => Of(OperatingSystem.IsLinux() ? Cgroup.Read() : default);
}
