namespace SelfProfiler;

/// <summary>What a source or a destination is doing.</summary>
public enum PartState
{
    /// <summary>Not wanted, or more than the budget allows; the detail says which.</summary>
    Off,

    /// <summary>About to run.</summary>
    Starting,

    /// <summary>Delivers.</summary>
    Running,

    /// <summary>Delivers part of the time, because the budget asks for it; the detail says how much.</summary>
    Limited,

    /// <summary>Does not deliver; the reason says why and what to do.</summary>
    Failed,
}

/// <summary>State of one part of the profiler.</summary>
/// <param name="Name">For example <c>cpu</c>, <c>waits</c>, <c>diagnostics port</c>.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Detail">Why, and what to do; empty when there is nothing to say.</param>
public sealed record PartStatus(string Name, PartState State, string Detail);

/// <summary>How full one of the profiler's tables is. All are bounded; what does not fit is counted in <see cref="ProfilerStatus.Losses"/>.</summary>
/// <param name="Name">For example <c>stack nodes</c>.</param>
/// <param name="Used">Entries.</param>
/// <param name="Limit">Entries it may have.</param>
public sealed record TableStatus(string Name, long Used, long Limit);

/// <summary>What the profiler does at this moment, what it costs and what it lost. A snapshot.</summary>
public sealed record ProfilerStatus
{
    /// <summary>False while switched off.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Where CPU samples come from now.</summary>
    public required CpuSource CpuSource { get; init; }

    /// <summary>Why not from the kernel, when they do not; else empty.</summary>
    public required string CpuSourceReason { get; init; }

    /// <summary>Share of the time in which CPU samples are taken from the kernel; less than 1 where events of threads would exceed the budget.</summary>
    public double CpuSampledShare { get; init; } = 1;

    /// <summary>Share of the time in which each kind is collected that the budget can pause, <c>waits</c> for example. Only what is wanted; empty while no source runs.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> CollectedShares { get; init; } = [];

    /// <summary>Every source and service with its state.</summary>
    public required IReadOnlyList<PartStatus> Parts { get; init; }

    /// <summary>Samples counted since the start.</summary>
    public required long Samples { get; init; }

    /// <summary>What was lost by the runtime or dropped at a limit, by name; only what is not zero.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> Losses { get; init; }

    /// <summary>Share of the process's processors the profiler took over the last seconds, by its own reckoning.</summary>
    public required double OverheadShare { get; init; }

    /// <summary>What <see cref="OverheadShare"/> consists of, the dearest first; only what is worth mentioning.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> OverheadParts { get; init; } = [];

    /// <summary>What it may take now: more than configured during a boost, and while somebody waits for a capture or a trace that needs it.</summary>
    public required double OverheadBudget { get; init; }

    /// <summary>How long it has been running.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Every destination of profiles, in the order of registration.</summary>
    public IReadOnlyList<ExporterStatus> Exporters { get; init; } = [];

    /// <summary>Every table that grows with the application, and its bound.</summary>
    public IReadOnlyList<TableStatus> Tables { get; init; } = [];

    /// <summary>Sentences for the operator: what is missing and what to do.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
