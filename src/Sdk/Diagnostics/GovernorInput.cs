namespace SelfProfiler.Diagnostics;

/// <summary>What the governor decides by: what was measured since it was asked last. Costs are in CPU nanoseconds.</summary>
internal sealed class GovernorInput
{
    /// <summary>How many <see cref="Stoppable"/> there are.</summary>
    public const int Stoppables = (int)Stoppable.Kernel + 1;

    /// <summary>Monotonic.</summary>
    public required long Now { get; init; }

    /// <summary>Share of <see cref="UsableCpus"/> the profiler may take; higher during a boost.</summary>
    public required double Budget { get; init; }

    /// <summary>Processors the process may use, quota included.</summary>
    public required double UsableCpus { get; init; }

    /// <summary>CPU of the application itself: the budget shrinks with it, see <see cref="BudgetBasis"/>. Null while somebody asked for more, who gets it whatever the application does.</summary>
    public double? AppNs { get; init; }

    /// <summary>A budget of their own for the sources somebody waits for, a share of <see cref="UsableCpus"/>.</summary>
    public double AskedBudget { get; init; }

    /// <summary>Time the costs were measured over.</summary>
    public required long WallNs { get; init; }

    /// <summary>Cost of what cannot be stopped: base, labels, methods, collections.</summary>
    public required double FixedNs { get; init; }

    /// <summary>What the kernel's events cost each context switch even while they are off.</summary>
    public double SwitchesNs { get; init; }

    /// <summary>Threads of the process: every tick walks them all.</summary>
    public required int Threads { get; init; }

    /// <summary>Ticks seen, and what they cost.</summary>
    public required long Ticks { get; init; }

    public required double TicksNs { get; init; }

    /// <summary>Ticks per second while the session runs, as measured; the runtime decides it.</summary>
    public required double TickRate { get; init; }

    /// <summary>What ticks are wanted for.</summary>
    public required TickUse TickUse { get; init; }

    /// <summary>Sessions that can be stopped, by <see cref="Stoppable"/>.</summary>
    public required SourceCost[] Sources { get; init; }
}

/// <summary>What ticks are wanted for.</summary>
internal enum TickUse
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>They show where threads stand still, now and then: up to 0.2 %.</summary>
    Wall,

    /// <summary>Somebody waits for a profile of threads that stand still.</summary>
    Capture,

    /// <summary>They are the source of CPU samples.</summary>
    Cpu,
}

/// <summary>Sessions the governor may stop and duty-cycle, because the application decides how many events they make.</summary>
internal enum Stoppable
{
    Waits,
    Exceptions,
    Contention,
    Allocations,

    /// <summary>Samples of CPU from the kernel: events of threads make every context switch dearer. Thinned, never stopped.</summary>
    Kernel,
}

/// <summary>One stoppable session since the governor was asked last.</summary>
/// <param name="CostNs">What its events cost.</param>
/// <param name="OnNs">How long it ran; 0 when it was off, or is not wanted.</param>
/// <param name="Wanted">Configured.</param>
/// <param name="Asked">Somebody waits for what it tells.</param>
internal readonly record struct SourceCost(double CostNs, long OnNs, bool Wanted = true, bool Asked = false);
