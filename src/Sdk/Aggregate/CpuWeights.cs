namespace SelfProfiler.Aggregate;

/// <summary>Shares the CPU time a thread used among its samples. Pure arithmetic, no state.</summary>
internal static class CpuWeights
{
    /// <summary>Ticks: samples in managed code take what their share of the time explains, the rest goes to native code that is not known to block.</summary>
    /// <returns>What no sample could take.</returns>
    public static double ShareTicks(Span<PendingSample> samples, double cpuNs, double periodNs)
    {
        int computing = 0;
        int possible = 0;
        foreach (ref var sample in samples)
        {
            computing += sample.Computing ? 1 : 0;
            possible += !sample.Computing && !sample.Blocked ? 1 : 0;
        }

        if (computing == 0 && possible == 0)
        {
            return cpuNs;
        }

        // A thread that computed in managed code for a third of its samples can have used a third of the time there. What it
        // used beyond that was native code; what it used less (it was runnable, not running) leaves the proportions alone.
        double managed = computing == 0 ? 0 : Math.Min(cpuNs, periodNs * computing / samples.Length);
        if (possible == 0)
        {
            managed = cpuNs;
        }

        double perComputing = computing == 0 ? 0 : managed / computing;
        double perPossible = possible == 0 ? 0 : (cpuNs - managed) / possible;
        foreach (ref var sample in samples)
        {
            sample.CpuNs = sample.Computing ? perComputing : sample.Blocked ? 0 : perPossible;
        }

        return 0;
    }

    /// <summary>Kernel samples are taken while the thread runs: all weigh the same.</summary>
    public static void ShareEvenly(Span<PendingSample> samples, double cpuNs)
    {
        foreach (ref var sample in samples)
        {
            sample.CpuNs = cpuNs / samples.Length;
        }
    }
}
