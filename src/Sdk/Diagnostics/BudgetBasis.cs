namespace SelfProfiler.Diagnostics;

/// <summary>The processors the budget is a share of: those the process may use, but hardly more than it does use. A share of an idle machine is a large part of what little is done on it.</summary>
internal struct BudgetBasis()
{
    /// <summary>So the default budget of 0.5 % is no more than 0.75 % of what the application itself burns.</summary>
    private const double OfUsed = 1.5;

    /// <summary>However little is done, some of it shall be seen.</summary>
    private const double LeastOfUsable = 0.3;

    /// <summary>Ticks cost more than samples of the kernel, and without them there is no CPU profile at all.</summary>
    private const double WithTicks = 2;

    private RateEstimate _used = new(2, 10);

    /// <param name="usable">Processors the process may use.</param>
    /// <param name="used">Those the application used since it was asked last; null: count all that are usable this time.</param>
    /// <param name="seconds">Since then.</param>
    /// <param name="ticks">They are the source of CPU samples.</param>
    public double Of(double usable, double? used, double seconds, bool ticks)
    {
        if (used is not { } cpus || seconds <= 0)
        {
            return usable;
        }

        _used.Measure(cpus, seconds);
        var times = ticks ? WithTicks : 1;
        return Math.Clamp(_used.Value * OfUsed * times, usable * LeastOfUsable * times, usable);
    }
}
