namespace SelfProfiler.Kernel;

/// <summary>What became of the kernel's samples since the profiler was started: a sampler that follows another, or opens its events anew, goes on counting. Written by the pump, read by whoever asks for the status.</summary>
internal sealed class KernelCounters
{
    /// <summary>Samples delivered.</summary>
    public long Samples;

    /// <summary>Samples of the profiler's own threads: not delivered, but part of its cost.</summary>
    public long OwnSamples;

    /// <summary>Samples of other processes: skipped by their process id, nothing else of them is read.</summary>
    public long ForeignSamples;

    /// <summary>Records the kernel could not write because a ring was full.</summary>
    public long Lost;

    /// <summary>Times the kernel paused an event for taking too much.</summary>
    public long Throttled;

    /// <summary>Records that did not have the form expected.</summary>
    public long Malformed;

    /// <summary>Threads that could not be covered, each counted once per attempt.</summary>
    public long Refused;

    /// <summary>Times everything was opened anew: CPUs came or went, or the threads outgrew the scheme.</summary>
    public long Reattached;

    /// <summary>A caller was missing below a method without a frame and was put back.</summary>
    public long Callers;

    /// <summary>Native code had broken the chain; the managed part was found again.</summary>
    public long Chains;

    /// <summary>A caller is missing or the chain is broken, and it could not be repaired.</summary>
    public long Unrepaired;

    /// <summary>The chain was restored, but its root lies beyond the copied piece of stack.</summary>
    public long Rootless;

    /// <summary>Samples of this process, the profiler's threads included.</summary>
    public long OfThisProcess => Samples + OwnSamples;

    public KernelSamplerStatus Describe(KernelSamplerStatus status) => status with
    {
        Samples = Samples,
        OwnSamples = OwnSamples,
        ForeignSamples = ForeignSamples,
        Lost = Lost,
        Throttled = Throttled,
        Malformed = Malformed,
        Refused = Refused,
        Reattached = Reattached,
        Repair = new StackRepairCounts { Callers = Callers, Chains = Chains, Unrepaired = Unrepaired, Rootless = Rootless },
    };

    /// <summary>What is missing from the samples or their stacks.</summary>
    public IEnumerable<KeyValuePair<string, long>> Losses =>
    [
        new("kernel samples lost", Lost),
        new("kernel records malformed", Malformed),
        new("kernel events paused by the kernel", Throttled),
        new("attempts to cover a thread with kernel samples that failed", Refused),
        new("kernel stacks not repaired", Unrepaired),
        new("kernel stacks without their root", Rootless),
    ];
}
