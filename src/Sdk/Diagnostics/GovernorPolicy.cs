namespace SelfProfiler.Diagnostics;

/// <summary>Decides what may run so that the profiler stays within its budget. No clock, no I/O: asked about once per second with what was measured.</summary>
/// <remarks>
/// It plans from prices instead of pushing a lever until the sum fits: what each source costs while it runs is measured, so the share of
/// time it may run follows at once, and running less does not change the price. That is why it neither hunts nor oscillates.
/// Ticks give way first, down to half of what is left, then the dearest sessions; cheap ones keep running untouched.
/// </remarks>
internal sealed class GovernorPolicy
{
    /// <summary>Below this a session tells nothing any more: it stays off and is tried again from time to time by <see cref="DutyCycle"/>.</summary>
    public const double SmallestDuty = 0.004;

    /// <summary>CPU samples are what the profiler is there for: this much of the time they are always taken.</summary>
    public const double SmallestKernelDuty = 0.1;

    /// <summary>What is planned stays a little below what is allowed: a session cannot be stopped in the middle of an event.</summary>
    private const double Margin = 0.9;

    /// <summary>Of what is allowed goes to samples, whatever the rest costs: a profiler that only pays for itself is of no use. That it exceeds the budget is said.</summary>
    private const double Least = 0.25;

    /// <summary>Of what is allowed, at most, is kept from the other sources for context switches that cost while the kernel's events are off: they must not silence all the rest.</summary>
    private const double MostForSwitches = 0.5;

    /// <summary>Of what is allowed goes to samples of CPU before the others get anything. One event per CPU needs no more of the default budget: 99 samples a second of each processor in use, 7 µs each at most.</summary>
    private const double FirstForKernel = 0.2;

    /// <summary>What fits runs all the time, although prices vary.</summary>
    private const double Ample = 1.25;

    private const double LargestBurst = 4;
    private const double WallTickShare = 0.002;

    /// <summary>A list of all methods costs about that much. Three are saved at most, and at the start: names are missed most while an application warms up.</summary>
    private const double RundownNs = 150_000_000;
    private const double MostSavedNs = 3 * RundownNs;
    private const double RundownShare = 0.2;

    /// <summary>A capture waits for the end of a period: it may not become long.</summary>
    private const int MaxRelax = 2;
    private const long RelaxEveryNs = 10_000_000_000;

    /// <summary>Reading one thread's clock, and how often that is done unless relaxed.</summary>
    private const double ClockNs = 1_000;
    private const double ClockReadingsPerSecond = 4;

    private readonly SourcePrice[] _sources = [new(), new(), new(), new(), new()];
    private readonly double[] _duties = [1, 1, 1, 1, 1];
    private readonly TickBudget _ticks = new();
    private BudgetBasis _basis = new();
    private double _rundownSavedNs = MostSavedNs;
    private double _fixedNs;
    private RateEstimate _switchesNs = new(3, 10);
    private long _lastRelax;
    private int _relax;

    public GovernorDecision Decide(GovernorInput input)
    {
        var seconds = input.WallNs / 1e9;
        var basis = _basis.Of(input.UsableCpus, input.AppNs / input.WallNs, seconds, input.TickUse == TickUse.Cpu);
        var allowed = input.Budget * basis * 1e9 * Margin;
        var fixedNs = Smooth(input.FixedNs, seconds, allowed);
        _switchesNs.Measure(seconds > 0 ? input.SwitchesNs / seconds : 0, seconds);
        var saved = SaveForRundown(seconds, allowed);
        Span<double> prices = stackalloc double[GovernorInput.Stoppables];
        Span<double> asked = stackalloc double[GovernorInput.Stoppables];
        ReadPrices(input, seconds, prices);
        ShareOutAsked(input, prices, asked);
        var first = Math.Min(FirstForKernel * allowed, prices[(int)Stoppable.Kernel]);
        var left = Math.Max(Least * allowed, allowed - fixedNs - saved - first - Math.Min(MostForSwitches * allowed, _switchesNs.Value));
        Relax(input, fixedNs, allowed);

        var forWallTicks = WallTickShare * input.UsableCpus * 1e9;
        var kept = input.TickUse switch
        {
            TickUse.None => 0,
            TickUse.Wall => Math.Min(left / 2, forWallTicks),
            _ => left / 2,
        };
        var events = ShareOut(prices, first, left - kept, asked);
        var forTicks = input.TickUse switch
        {
            TickUse.None => 0,
            TickUse.Wall => Math.Min(left - events, forWallTicks),
            _ => left - events,
        };
        var plan = _ticks.Plan(input, seconds, forTicks, out var ticksNs);
        return new GovernorDecision(
            plan,
            new Duties(_duties[0], _duties[1], _duties[2], _duties[3], _duties[4]),
            _rundownSavedNs >= RundownNs,
            _relax,
            (fixedNs + saved + _switchesNs.Value + first + events + ticksNs) / (input.UsableCpus * 1e9),
            fixedNs + _switchesNs.Value > input.Budget * input.UsableCpus * 1e9,
            basis < input.UsableCpus ? input.Budget * basis / input.UsableCpus : 0);
    }

    /// <summary>A list of methods was made: its price is paid from what was saved, and from nothing else.</summary>
    public void RundownMade(double cpuNs) => _rundownSavedNs -= cpuNs;

    /// <summary>Sealing and encoding come in bursts: over some seconds they are a price, in one second they would stop everything.</summary>
    private double Smooth(double ns, double seconds, double allowed)
    {
        if (seconds > 0)
        {
            // A burst counts for so much and no more: it must not silence the profiler for a minute.
            var now = Math.Min(ns / seconds, LargestBurst * allowed);
            _fixedNs = now + ((_fixedNs - now) * Math.Exp(-seconds / 10));
        }

        return _fixedNs;
    }

    private void ReadPrices(GovernorInput input, double seconds, Span<double> prices)
    {
        for (var i = 0; i < prices.Length; i++)
        {
            _sources[i].Add(input.Sources[i], seconds);
            prices[i] = input.Sources[i].Wanted ? _sources[i].Value : 0;
        }
    }

    /// <summary>Those that somebody waits for have a budget of their own, whatever the others cost.</summary>
    private static void ShareOutAsked(GovernorInput input, ReadOnlySpan<double> prices, Span<double> askedNs)
    {
        for (var i = 0; i < askedNs.Length; i++)
        {
            askedNs[i] = input.Sources[i].Asked ? prices[i] : 0;
        }

        var level = FairLevel(askedNs, input.AskedBudget * input.UsableCpus * 1e9 * Margin);
        for (var i = 0; i < askedNs.Length; i++)
        {
            askedNs[i] = Math.Min(askedNs[i] * Ample, level);
        }
    }

    /// <summary>Cheap sessions run all the time; what they leave is shared equally by the dear ones.</summary>
    /// <param name="prices">Of each source while it runs, per second.</param>
    /// <param name="firstNs">Samples of CPU have that already.</param>
    /// <param name="budgetNs">For all.</param>
    /// <param name="askedNs">On top for each that somebody waits for.</param>
    /// <returns>What is planned beyond <paramref name="firstNs"/> and what is on top, per second.</returns>
    private double ShareOut(ReadOnlySpan<double> prices, double firstNs, double budgetNs, ReadOnlySpan<double> askedNs)
    {
        Span<double> demands = stackalloc double[GovernorInput.Stoppables];
        for (var i = 0; i < prices.Length; i++)
        {
            demands[i] = Math.Max(0, prices[i] - askedNs[i]);
        }

        demands[(int)Stoppable.Kernel] -= firstNs;
        var level = FairLevel(demands, budgetNs);
        var planned = -firstNs;
        for (var i = 0; i < prices.Length; i++)
        {
            var isKernel = (Stoppable)i == Stoppable.Kernel;
            _duties[i] = Duty(_duties[i], prices[i], (isKernel ? level + firstNs : level) + askedNs[i], isKernel ? SmallestKernelDuty : 0);
            planned += Math.Max(0, (_duties[i] * prices[i]) - askedNs[i]);
        }

        return planned;
    }

    /// <summary>Less at once, more only when it is worth a change; nearly always is always, with a gap before it becomes less again.</summary>
    private static double Duty(double current, double price, double level, double least)
    {
        var duty = price <= 0 ? 1 : level / price;
        if (duty >= (current >= 1 ? 0.9 : 1.1))
        {
            return 1;
        }

        duty = Math.Max(least, duty < SmallestDuty ? 0 : Math.Min(duty, 0.9));
        return duty < current || duty > current * 1.25 ? duty : current;
    }

    /// <summary>The amount nobody may exceed so that all together fit: each takes what it needs or this, whichever is less.</summary>
    private static double FairLevel(ReadOnlySpan<double> demands, double budget)
    {
        Span<double> sorted = stackalloc double[demands.Length];
        demands.CopyTo(sorted);
        sorted.Sort();
        for (var i = 0; i < sorted.Length; i++)
        {
            var fair = budget / (sorted.Length - i);
            if (sorted[i] > fair)
            {
                return fair;
            }

            budget -= sorted[i];
        }

        return double.MaxValue;
    }

    private void Relax(GovernorInput input, double fixedNs, double allowed)
    {
        // Readings cost by the thread: a burst of threads is answered before it was measured.
        var least = 0;
        while (least < MaxRelax && input.Threads * ClockNs * ClockReadingsPerSecond / (1 << least) > allowed * 0.2)
        {
            least++;
        }

        // Doubling the periods about halves the cost: the bounds are more than a factor of two apart, so that it settles.
        var step = fixedNs > allowed * 0.6 ? 1 : fixedNs < allowed * 0.2 ? -1 : 0;
        if (least > _relax)
        {
            (_relax, _lastRelax) = (least, input.Now);
        }
        else if (step != 0 && input.Now - _lastRelax >= RelaxEveryNs)
        {
            (_relax, _lastRelax) = (Math.Clamp(_relax + step, least, MaxRelax), input.Now);
        }
    }

    /// <returns>What is put aside, per second.</returns>
    private double SaveForRundown(double seconds, double allowed)
    {
        var more = Math.Min(MostSavedNs - _rundownSavedNs, seconds * allowed * RundownShare);
        _rundownSavedNs += more;
        return seconds > 0 ? more / seconds : 0;
    }
}
