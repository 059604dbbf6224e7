namespace SelfProfiler.Kernel;

/// <summary>Decides whether one event per CPU for all processes is worth it: not where the samples are nearly all of other processes. No clock of its own; survives new starts of the sampler.</summary>
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

    private long _since;
    private long _own;
    private long _foreign;
    private long _crowdedUntil;

    /// <summary>Others take most of the CPUs, or did within the hour.</summary>
    public bool IsCrowded(long now) => now < _crowdedUntil;

    /// <summary>The counters begin anew.</summary>
    public void Restart(long now, long own, long foreign) => (_since, _own, _foreign) = (now, own, foreign);

    /// <param name="now">Monotonic.</param>
    /// <param name="own">Samples of this process so far.</param>
    /// <param name="foreign">Samples of others so far.</param>
    /// <param name="cpuNs">CPU time between two samples, times one over the number of CPUs.</param>
    public void Observe(long now, long own, long foreign, double cpuNs)
    {
        var length = now - _since;
        if (length < WindowNs)
        {
            return;
        }

        var others = foreign - _foreign;
        if (others * cpuNs > LeastShare * length && others > MostForeign * (own - _own))
        {
            _crowdedUntil = now + RememberNs;
        }

        Restart(now, own, foreign);
    }
}
