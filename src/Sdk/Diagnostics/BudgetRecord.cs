namespace SelfProfiler.Diagnostics;

/// <summary>Remembers what the budget allowed when, so that a profile says what was given up in its own time and not at the moment it is sealed. Pump only.</summary>
/// <remarks>Readings that tell the same are one period: while everything runs the record does not grow. When it is full its older half is told in half as many periods, so that it reaches back to the start, the more coarsely the longer ago.</remarks>
internal sealed class BudgetRecord
{
    /// <summary>Four minutes of readings that all differ before anything is told more coarsely.</summary>
    private const int Most = 1_024;

    /// <summary>Readings further apart have a time between them in which no source ran.</summary>
    private const long GapNs = 1_000_000;

    /// <summary>Of the time; less is an edge between two readings.</summary>
    private const double Edge = 0.005;

    private readonly List<Period> _periods = [];

    /// <summary>The clocks were read.</summary>
    /// <param name="until">Now.</param>
    /// <param name="lengthNs">Since they were read before.</param>
    /// <param name="ran">Share of that time in which each source ran.</param>
    /// <param name="decision">In force until now.</param>
    /// <param name="use">What ticks were wanted for: only as the source of CPU can there be too few.</param>
    public void Add(long until, long lengthNs, Duties ran, GovernorDecision decision, TickUse use)
    {
        double ticks = use == TickUse.Cpu ? decision.TicksPerSecond : GovernorDecision.Unlimited.TicksPerSecond;
        var period = new Period(until - lengthNs, until, lengthNs, ran, ticks, decision.Exhausted ? 1 : 0);
        if (_periods.Count > 0 && period.Continues(_periods[^1]))
        {
            _periods[^1] = _periods[^1].And(period);
            return;
        }

        if (_periods.Count == Most)
        {
            Coarsen();
        }

        _periods.Add(period);
    }

    /// <summary>What was in force between two moments, on the average; everything where nothing is known.</summary>
    public GovernorDecision Over(long from, long to)
    {
        Period? all = null;
        foreach (var period in _periods)
        {
            long overlap = Math.Min(period.Until, to) - Math.Max(period.From, from);
            if (overlap > 0)
            {
                var part = period with { Ns = period.Ns * overlap / (period.Until - period.From) };
                all = all is { } before ? before.And(part) : part;
            }
        }

        return all is { } sum
            ? GovernorDecision.Unlimited with { Duty = WithoutEdges(sum.Ran), TicksPerSecond = sum.TicksPerSecond, Exhausted = sum.Exhausted > 0.5 }
            : GovernorDecision.Unlimited;
    }

    private void Coarsen()
    {
        for (var i = 0; i < Most / 4; i++)
        {
            _periods[i] = _periods[2 * i].And(_periods[(2 * i) + 1]);
        }

        _periods.RemoveRange(Most / 4, Most / 4);
    }

    private static Duties WithoutEdges(Duties ran)
    {
        return new(Share(ran.Waits), Share(ran.Exceptions), Share(ran.Contention), Share(ran.Allocations), Share(ran.Kernel));

        static double Share(double share) => share > 1 - Edge ? 1 : share < Edge / 10 ? 0 : share;
    }

    /// <param name="From">Begin.</param>
    /// <param name="Until">End.</param>
    /// <param name="Ns">How much of it was reckoned: the profiler may have been off between two readings that are told as one.</param>
    /// <param name="Ran">Share of the time in which each source ran.</param>
    /// <param name="TicksPerSecond">As far as they were the source of CPU.</param>
    /// <param name="Exhausted">Share of the time in which the budget was exceeded by what cannot be stopped.</param>
    private readonly record struct Period(long From, long Until, double Ns, Duties Ran, double TicksPerSecond, double Exhausted)
    {
        public bool Continues(in Period before) =>
            From - before.Until <= GapNs && Ran == before.Ran && TicksPerSecond == before.TicksPerSecond && Exhausted == before.Exhausted;

        public Period And(in Period later)
        {
            double part = later.Ns / (Ns + later.Ns);
            return new(
                From,
                later.Until,
                Ns + later.Ns,
                new(
                    Mix(Ran.Waits, later.Ran.Waits, part),
                    Mix(Ran.Exceptions, later.Ran.Exceptions, part),
                    Mix(Ran.Contention, later.Ran.Contention, part),
                    Mix(Ran.Allocations, later.Ran.Allocations, part),
                    Mix(Ran.Kernel, later.Ran.Kernel, part)),
                Mix(TicksPerSecond, later.TicksPerSecond, part),
                Mix(Exhausted, later.Exhausted, part));
        }

        private static double Mix(double one, double other, double part) => one + ((other - one) * part);
    }
}
