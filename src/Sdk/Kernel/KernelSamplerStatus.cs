namespace SelfProfiler.Kernel;

/// <summary>What the kernel sampler does and what it could not do; a snapshot. What is counted is counted since the profiler was started, see <see cref="KernelCounters"/>.</summary>
internal sealed record KernelSamplerStatus
{
    public required bool Running { get; init; }

    /// <summary>Why it does not run; null while it does.</summary>
    public string? Reason { get; init; }

    public SamplerScheme? Scheme { get; init; }

    /// <summary>Other processes take most of the CPUs: one event per CPU is not used for an hour.</summary>
    public bool Crowded { get; init; }

    /// <summary>New threads inherit the events of their creator.</summary>
    public bool Inherits { get; init; }

    /// <summary>Time in the kernel is sampled too.</summary>
    public bool KernelTime { get; init; }

    public int Cpus { get; init; }

    /// <summary>Threads of the process at the last look.</summary>
    public int Threads { get; init; }

    /// <summary>Events in the kernel, inherited ones counted.</summary>
    public long Events { get; init; }

    public int Descriptors { get; init; }

    public long RingBytes { get; init; }

    /// <summary>Bytes of stack copied with each sample, for the repair.</summary>
    public int StackBytes { get; init; }

    /// <summary>Samples delivered.</summary>
    public long Samples { get; init; }

    /// <summary>Samples of the profiler's own threads: not delivered, but part of its cost.</summary>
    public long OwnSamples { get; init; }

    /// <summary>Samples of other processes: skipped by their process id, nothing else of them is read.</summary>
    public long ForeignSamples { get; init; }

    /// <summary>Records the kernel could not write because a ring was full.</summary>
    public long Lost { get; init; }

    /// <summary>Times the kernel paused an event for taking too much.</summary>
    public long Throttled { get; init; }

    /// <summary>Records that did not have the form expected.</summary>
    public long Malformed { get; init; }

    /// <summary>Attempts to cover a thread that failed.</summary>
    public long Refused { get; init; }

    /// <summary>The last error number since the events were opened; 0 while there is none.</summary>
    public int LastError { get; init; }

    /// <summary>Times everything was opened anew: CPUs came or went, or the threads outgrew the scheme.</summary>
    public long Reattached { get; init; }

    /// <summary>What became of broken stacks.</summary>
    public StackRepairCounts Repair { get; init; } = new();

    /// <summary>For people: how it runs.</summary>
    public string Sentence
    {
        get
        {
            var time = KernelTime ? "kernel time sampled" : "kernel time from the thread clocks";
            var scheme = Scheme == SamplerScheme.SystemWide
                ? FormattableString.Invariant($"kernel, one event on each of {Cpus} CPUs, {time}; {ForeignSamples} samples of other processes skipped")
                : FormattableString.Invariant($"kernel, {Events} events of this process's threads, {time}{(Crowded ? "; one event per CPU would mostly see other processes, and is tried again after an hour, or when context switches become many" : "")}");
            return scheme
                + (Reattached > 0 ? FormattableString.Invariant($"; opened anew {Reattached} times") : "")
                + (LastError != 0 ? FormattableString.Invariant($"; a thread could not be covered: error {LastError}") : "");
        }
    }
}

/// <summary>Stacks that were looked at for repair.</summary>
internal sealed record StackRepairCounts
{
    /// <summary>A caller was missing below a method without a frame and was put back.</summary>
    public long Callers { get; init; }

    /// <summary>Native code had broken the chain; the managed part was found again.</summary>
    public long Chains { get; init; }

    /// <summary>A caller is missing or the chain is broken, and it could not be repaired.</summary>
    public long Unrepaired { get; init; }

    /// <summary>The chain was restored, but its root lies beyond the copied piece of stack.</summary>
    public long Rootless { get; init; }
}
