using SelfProfiler.Diagnostics;

namespace SelfProfiler.Kernel;

/// <summary>Decides whether one event per CPU for all processes is worth it: not where the samples are nearly all of other processes and events of threads are the cheaper way. No clock of its own; survives new starts of the sampler.</summary>
internal sealed class CrowdWatch
{
    /// <summary>Judged over windows of this length, so that one burst of a neighbour decides nothing.</summary>
    public const long WindowNs = 5_000_000_000;

    /// <summary>Then it is tried again.</summary>
    public const long RememberNs = 3_600_000_000_000;

    /// <summary>Below this part of the CPUs others do not matter, however idle this process is.</summary>
    private const double LeastShare = 0.5;

    /// <summary>Samples of others for each of ours.</summary>
    private const double MostForeign = 4;

    /// <summary>The interrupt of a sample that is somebody else's, and reading it.</summary>
    private const double ForeignSampleNs = 20_000;

    /// <summary>After events of threads became dear they are not taken again for so long, whatever others do: each change opens all events anew.</summary>
    private const long HoldNs = 60_000_000_000;

    private static readonly double _switchNs = SwitchPrice.PerThread.OnNs;

    private long _since;
    private long _own;
    private long _foreign;
    private long _switches;
    private long _crowdedUntil;
    private long _heldUntil;

    /// <summary>Others take most of the CPUs, or did within the hour, and this process switches so rarely that events of its threads are cheaper.</summary>
    public bool IsCrowded(long now) => now < _crowdedUntil;

    /// <summary>A window is over: something is to be observed.</summary>
    public bool IsDue(long now) => now - _since >= WindowNs;

    /// <summary>The counters begin anew.</summary>
    public void Restart(long now, long own, long foreign, long switches) => (_since, _own, _foreign, _switches) = (now, own, foreign, switches);

    /// <summary>With one event per CPU, when <see cref="IsDue"/>.</summary>
    /// <param name="now">Monotonic.</param>
    /// <param name="own">Samples of this process so far.</param>
    /// <param name="foreign">Samples of others so far.</param>
    /// <param name="switches">Context switches of this process so far.</param>
    /// <param name="cpuNs">CPU time between two samples, times one over the number of CPUs.</param>
    public void Observe(long now, long own, long foreign, long switches, double cpuNs)
    {
        var others = foreign - _foreign;
        if (now >= _heldUntil
            && others * cpuNs > LeastShare * (now - _since)
            && others > MostForeign * (own - _own)
            && others * ForeignSampleNs > 2 * (switches - _switches) * _switchNs)
        {
            _crowdedUntil = now + RememberNs;
        }

        Restart(now, own, foreign, switches);
    }

    /// <summary>With events of threads, when <see cref="IsDue"/>: they are given up when they cost more than others' samples can.</summary>
    public void ObserveSwitches(long now, long switches, double cpuNs)
    {
        if ((switches - _switches) * _switchNs > (now - _since) / cpuNs * ForeignSampleNs)
        {
            _crowdedUntil = now;
            _heldUntil = now + HoldNs;
        }

        Restart(now, _own, _foreign, switches);
    }
}
