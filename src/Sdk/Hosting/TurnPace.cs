namespace SelfProfiler.Hosting;

/// <summary>How often the pump turns: as rarely as it may, because where every processor is busy each turn takes one from the application. No clock of its own.</summary>
internal static class TurnPace
{
    /// <summary>Application threads note label changes in rings that are sized by what was noted between two turns: while many are noted, short turns keep them small.</summary>
    public const long BusyNs = 50_000_000;

    /// <summary>A third of what the kernel's rings hold when every processor is sampled at full length.</summary>
    public const long QuietNs = 100_000_000;

    /// <summary>While the sources are stopped: nothing arrives, and what begins again or ends is told by a command.</summary>
    public const long StoppedNs = 500_000_000;

    /// <summary>However near the moment is at which something must happen.</summary>
    private const long ShortestNs = 5_000_000;

    /// <summary>About 6,000 requests a second: below, what lies in the rings for 50 ms more is less than 100 KB, and a turn costs as much as a hundred requests.</summary>
    private const long ManyChanges = 50_000;

    /// <param name="running">Sources run.</param>
    /// <param name="waits">Somebody waits for what the next turn may bring.</param>
    /// <param name="changes">Label changes since the previous turn.</param>
    /// <param name="elapsedNs">Time since then as it was planned: after a late turn the pace rather quickens.</param>
    /// <returns>From this turn to the next.</returns>
    public static long Next(bool running, bool waits, long changes, long elapsedNs) =>
        waits || changes * 1_000_000_000.0 > (double)ManyChanges * elapsedNs ? BusyNs
        : running ? QuietNs
        : StoppedNs;

    /// <summary>Brings the next turn forward to a moment at which something must happen.</summary>
    /// <param name="paceNs">From this turn to the next otherwise.</param>
    /// <param name="edge">The moment.</param>
    /// <param name="now">This turn.</param>
    public static long Until(long edge, long paceNs, long now) => edge - now >= paceNs ? paceNs : Math.Max(edge - now, ShortestNs);
}
