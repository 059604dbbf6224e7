using SelfProfiler.Diagnostics;
using SelfProfiler.Session;

namespace SelfProfiler.Hosting;

/// <summary>Ticks while CPU comes from the kernel: they give stacks to labelled time that no event explains. A single one now and then, as many as a capture's budget allows when somebody asks. Pump only.</summary>
internal sealed class WallTicks(Governor governor, SessionSupervisor sessions, Func<double> restNs)
{
    /// <summary>So much unexplained time per time is worth a tick: a fiftieth of one thread.</summary>
    private const double WorthIt = 0.02;

    /// <summary>A single tick each time: those of one window are alike. Starting and stopping costs about a millisecond of CPU.</summary>
    private const long ShortestPauseNs = 2_000_000_000;
    private const double TicksPerWindow = 2;

    private static readonly TimeSpan SingleTick = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan FirstTicks = TimeSpan.FromMilliseconds(20);

    private double _restBefore;
    private double _share;
    private long _askedUntil;
    private long _nextWindow;

    /// <summary>Somebody waits for stacks of threads that stand still.</summary>
    public void Ask(double budget, long until, long now)
    {
        _askedUntil = Math.Max(_askedUntil, until);
        governor.Boost(budget, until, now);
        governor.TickUse = TickUse.Capture;
        sessions.Want(SessionKind.Ticks, true);
        sessions.Ticks.RunWindowNow(FirstTicks); // the budget is shared out once per second: a short capture cannot wait for that
    }

    /// <summary>The clocks were read.</summary>
    /// <param name="now">Then.</param>
    /// <param name="wallNs">Time since they were read before.</param>
    /// <param name="unasked">Waits and contention are collected: who turned them off does not look at wall-clock time.</param>
    public void OnClocks(long now, long wallNs, bool unasked)
    {
        double rest = restNs();
        double seconds = wallNs / 1e9;
        _share += ((rest - _restBefore) / Math.Max(1, wallNs) - _share) * (1 - Math.Exp(-seconds / 5));
        _restBefore = rest;
        if (now < _askedUntil)
        {
            return;
        }

        if (governor.TickUse == TickUse.Capture)
        {
            sessions.Want(SessionKind.Ticks, false);
        }

        governor.TickUse = unasked && _share >= WorthIt ? TickUse.Wall : TickUse.None;
    }

    public void OnTurn(long now)
    {
        double rate = Math.Min(TickSchedule.MaxRate, governor.Decision.TicksPerSecond);
        if (governor.TickUse == TickUse.Wall && rate > 0 && now >= _nextWindow)
        {
            double pause = Math.Max(ShortestPauseNs, TicksPerWindow * 1e9 / rate);
            _nextWindow = now + (long)(pause * (0.5 + Random.Shared.NextDouble()));
            sessions.Ticks.RunWindowNow(SingleTick);
        }
    }
}
