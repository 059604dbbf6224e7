namespace SelfProfiler.Diagnostics;

/// <summary>Turns an amount of CPU into a rate of ticks. How they are spread over windows is decided where the session is run.</summary>
internal sealed class TickBudget
{
    /// <summary>More adds nothing to a profile.</summary>
    private const double MostPerSecond = 99;

    /// <summary>Starting and stopping a session, and how often that is done at most.</summary>
    private const double WindowNs = 1_000_000;
    private const double WindowsPerSecond = 0.5;
    private const double TicksPerWindow = 3;

    /// <summary>Before a tick was measured: the walk of one thread.</summary>
    private const double ThreadNs = 4_000;

    private const double FewestPerSecond = 0.02;

    /// <summary>A session that stays on is left only when it is clearly too dear, and begun only when it clearly fits.</summary>
    private const double KeepOn = 1.1;
    private const double TurnOn = 0.8;

    /// <summary>A tick waits for whatever thread is slow to stop: single ones vary by a factor of a hundred. What counts is the average, over a time in which half is forgotten.</summary>
    private const double HalfLifeSeconds = 5;

    private double _costNs;
    private double _threadTicks;
    private bool _alwaysOn;

    /// <param name="input">What was measured.</param>
    /// <param name="seconds">Over how long.</param>
    /// <param name="budgetNs">For each second.</param>
    /// <param name="plannedNs">What the ticks will take each second.</param>
    /// <returns>Ticks for each second; the rate of the session itself when it may stay on.</returns>
    public double Plan(GovernorInput input, double seconds, double budgetNs, out double plannedNs)
    {
        // By thread, so that a burst of new threads is answered before the first tick that pays for them.
        var kept = Math.Pow(0.5, seconds / HalfLifeSeconds);
        _costNs = (_costNs * kept) + input.TicksNs;
        _threadTicks = (_threadTicks * kept) + ((double)input.Ticks * Math.Max(1, input.Threads));
        var threadNs = _threadTicks >= 1 ? _costNs / _threadTicks : ThreadNs * Math.Max(1, Math.Min(input.UsableCpus, 2));
        var tickNs = threadNs * Math.Max(1, input.Threads);
        var wholeNs = input.TickRate * tickNs;
        _alwaysOn = input.TickRate is > 0 and <= MostPerSecond * 1.1 && wholeNs <= budgetNs * (_alwaysOn ? KeepOn : TurnOn);
        if (_alwaysOn)
        {
            plannedNs = wholeNs;
            return input.TickRate;
        }

        // Few ticks come in few windows; many share the most windows there may be.
        var ticks = budgetNs / ((WindowNs / TicksPerWindow) + tickNs);
        if (ticks > WindowsPerSecond * TicksPerWindow)
        {
            ticks = (budgetNs - (WindowsPerSecond * WindowNs)) / tickNs;
        }

        ticks = Math.Min(ticks, MostPerSecond);
        if (input.TickRate is > 0 and <= MostPerSecond * 1.1)
        {
            ticks = Math.Min(ticks, input.TickRate * 0.9);
        }

        ticks = ticks < FewestPerSecond ? 0 : ticks;
        plannedNs = ticks == 0 ? 0 : (Math.Min(WindowsPerSecond, ticks / TicksPerWindow) * WindowNs) + (ticks * tickNs);
        return ticks;
    }
}
