using SelfProfiler.Symbolize;

namespace SelfProfiler.Kernel;

/// <summary>What the engine decides about kernel samples before they start.</summary>
internal sealed record KernelSamplerSettings
{
    /// <summary>Near 99 Hz and in step with nothing an application does.</summary>
    public const long DefaultPeriod = 10_101_010;

    /// <summary>CPU time between two samples of a thread. The kernel takes no less than 10 µs.</summary>
    public long PeriodNanoseconds { get; init; } = DefaultPeriod;

    /// <summary>Show the kernel's own frames where that is permitted.</summary>
    public bool KernelFrames { get; init; }

    /// <summary>Sample time spent in the kernel where that is permitted, as one <c>[kernel]</c> leaf on the stack that entered it. Off: such time is missing from the samples and known from the thread clocks only.</summary>
    public bool KernelTime { get; init; }

    /// <summary>The user chose the kernel by name: ask it even under a filter of systemd's. A filter that kills is found out first in either case.</summary>
    public bool Insist { get; init; }

    /// <summary>The method whose code contains an address; called on the pump, many times for each sample. Without it stacks are delivered as the kernel walked them.</summary>
    public Func<ulong, MethodBody?>? FindMethod { get; init; }

    /// <summary>One event per CPU for all processes is wanted where it is permitted.</summary>
    public bool AllProcesses { get; init; } = true;

    /// <summary>What is known of other processes; handed on when a sampler follows another.</summary>
    public CrowdWatch Crowd { get; init; } = new();

    /// <summary>What was counted so far; handed on when a sampler follows another.</summary>
    public KernelCounters Counters { get; init; } = new();

    /// <summary>Only this scheme, instead of the best that fits: to compare them.</summary>
    public SamplerScheme? Scheme { get; init; }

    /// <summary>Events in all that may exist in the kernel, inherited ones counted.</summary>
    public int MaxEvents { get; init; } = Limits.KernelEvents;

    /// <summary>CPUs that come and threads that outgrow the scheme lead to a new start, no more often than this.</summary>
    public TimeSpan ReattachAtMostEvery { get; init; } = TimeSpan.FromSeconds(30);
}
