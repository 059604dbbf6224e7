namespace SelfProfiler.Diagnostics;

/// <summary>What the governor allows until it is asked again.</summary>
/// <param name="TicksPerSecond">Of the runtime's sampler; 0: none.</param>
/// <param name="Duty">On-time share of each <see cref="Stoppable"/>, 0 to 1.</param>
/// <param name="RundownAllowed">The budget has saved up for a list of all methods.</param>
/// <param name="Relax">How many times the pump's periods are doubled: reading the clocks; but not draining the kernel's rings, which hold samples for 300 ms only and cost nothing while they are empty.</param>
/// <param name="PlannedShare">What this is expected to cost.</param>
/// <param name="Exhausted">What cannot be stopped takes more than the budget.</param>
/// <param name="Bounded">Share of the usable processors that is left of the budget because the application itself uses little; 0: all of it.</param>
internal readonly record struct GovernorDecision(
    double TicksPerSecond,
    Duties Duty,
    bool RundownAllowed,
    int Relax,
    double PlannedShare,
    bool Exhausted,
    double Bounded = 0)
{
    /// <summary>Fewer ticks are worth a sentence.</summary>
    private const double FewTicks = 30;

    /// <summary>Everything runs: the governor is switched off.</summary>
    public static GovernorDecision Unlimited => new(1_000, Duties.Full, true, 0, 0, false);

    /// <summary>Where CPU comes from ticks, it is sampled less than it could be.</summary>
    public bool TicksAreFew => TicksPerSecond < FewTicks;

    /// <summary>For people: that samples of CPU are thinned; null while they are not.</summary>
    /// <param name="share">Of the time in which they are taken.</param>
    /// <param name="ofThreads">Events are those of threads, not of CPUs.</param>
    public static string? KernelThinned(double share, bool ofThreads) => share >= 0.995
        ? null
        : FormattableString.Invariant($"CPU samples are taken {share * 100:0} % of the time, to keep the overhead budget")
            + (ofThreads ? ": events of threads cost each context switch. One event per CPU does not: it needs CAP_PERFMON, 16 CPUs at most and a machine that others do not crowd." : ".");

    /// <summary>For people: what else was given up, one sentence each; nothing when all runs.</summary>
    public List<string> GivenUp(TickUse use)
    {
        var sentences = new List<string>();
        for (var source = Stoppable.Waits; source <= Stoppable.Allocations; source++)
        {
            var duty = Duty[source];
            if (duty is > 0 and < 1)
            {
                sentences.Add(FormattableString.Invariant($"{source} {Are(source)} collected {duty * 100:0.#} % of the time, to keep the overhead budget; values are scaled up."));
            }
            else if (duty == 0)
            {
                sentences.Add($"{source} {Are(source)} off: collecting would exceed the overhead budget.");
            }
        }

        static string Are(Stoppable source) => source == Stoppable.Contention ? "is" : "are";

        if (use == TickUse.Cpu && TicksAreFew)
        {
            sentences.Add(FormattableString.Invariant($"Threads are sampled {TicksPerSecond:0.##} times a second, to keep the overhead budget."));
        }

        if (Bounded > 0 && sentences.Count > 0)
        {
            sentences.Add(FormattableString.Invariant($"While the application itself uses as little as now, that budget is {Bounded:P2}. Captures of what is thinned out have one of their own."));
        }

        if (Exhausted)
        {
            sentences.Add("What cannot be switched off takes more than the overhead budget: raise OverheadBudget, or switch the profiler off.");
        }

        return sentences;
    }
}

/// <summary>One share for each <see cref="Stoppable"/>.</summary>
internal readonly record struct Duties(double Waits, double Exceptions, double Contention, double Allocations, double Kernel)
{
    public static Duties Full => new(1, 1, 1, 1, 1);

    public double this[Stoppable source] => source switch
    {
        Stoppable.Waits => Waits,
        Stoppable.Exceptions => Exceptions,
        Stoppable.Contention => Contention,
        Stoppable.Allocations => Allocations,
        _ => Kernel,
    };
}
