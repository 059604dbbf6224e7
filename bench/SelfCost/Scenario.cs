namespace SelfProfiler.Bench.SelfCost;

/// <summary>What is measured: a kind of work, threads that stand beside it, and how the profiler is set.</summary>
internal sealed record Scenario(string Name, string What, Func<IWork> Work)
{
    /// <summary>Threads that only wait: every tick walks them, too.</summary>
    public int Blocked { get; init; }

    public ContinuousProfilingOptions Profiler { get; init; } = new() { Governor = false };

    /// <summary>False: only the ticks that the profiler decides about.</summary>
    public bool TicksAlways { get; init; }

    /// <summary>Processors stand still for ticks: what is lost is told by the work alone.</summary>
    public bool StandsStill { get; init; }

    /// <summary>Other programs disturb that more: so many times as many pairs.</summary>
    public const int StandsStillTimes = 4;

    /// <summary>Off is compared with off: what the machine cannot tell apart.</summary>
    public bool NeverOn { get; init; }

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("same", "off, compared with itself", () => new SpinWork()) { NeverOn = true },
        Ticks("ticks-50", "1 ms ticks all the time, 50 blocked threads", 50, always: true),
        Ticks("ticks-300", "1 ms ticks all the time, 300 blocked threads", 300, always: true),
        Ticks("windows-50", "1 ms ticks in windows, as without a governor, 50 blocked threads", 50, always: false),
        Ticks("windows-300", "1 ms ticks in windows, as without a governor, 300 blocked threads", 300, always: false),
        new("switches", "kernel samples alone, tens of thousands of context switches a second", () => new WaitWork()) { Profiler = new() { Governor = false, Waits = false, Contention = false, Allocations = false, Exceptions = false } },
        new("exceptions", "kernel samples, thousands of exceptions a second", () => new ExceptionWork()),
        new("allocations", "kernel samples, gigabytes a second", () => new AllocationWork()),
        new("contention", "kernel samples, thousands of contended locks a second", () => new ContentionWork()),
        new("waits", "kernel samples, thousands of waits a second", () => new WaitWork()),
        new("requests", "kernel samples, hundreds of thousands of activities a second, each its own request", () => new RequestWork()),
        new("spans", "kernel samples, hundreds of thousands of activities a second, three within each request", () => new SpanWork()),
        new("turns", "kernel samples, millions of turns to another request a second", () => new TurnWork()),
        new("default", "default settings, 50 blocked threads", () => new SpinWork()) { Blocked = 50, Profiler = new() },
    ];

    private static Scenario Ticks(string name, string what, int blocked, bool always) => new(name, what, () => new SpinWork())
    {
        Blocked = blocked,
        StandsStill = true,
        TicksAlways = always,
        Profiler = new() { Governor = false, CpuSource = CpuSource.EventPipe },
    };
}
