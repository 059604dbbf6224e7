using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>How long a run will take, from its phases, which is said before it begins.</summary>
internal static class Reckoning
{
    // Measured with the sample on two processors; the sample's own build, 5 to 15 s, comes on top.
    private const double StartOfAProgram = 1.5;
    private const double BetweenPhases = 0.7;
    private const double EndOfAStart = 1.5;
    private const double FindingTheRate = 3;

    public static TimeSpan Of(Options options, IReadOnlyList<Variant> variants) =>
        TimeSpan.FromSeconds(FindingTheRate + (options.SideBySide > 0 ? SideBySide(options, variants) : InTurn(options, variants)) + Starts(options, variants));

    private static double InTurn(Options options, IReadOnlyList<Variant> variants) =>
        options.WarmUpSeconds + 1 + Schedule.RestSeconds
        + variants.Sum(variant => StartOfAProgram + (2 * Schedule.RoundsOf(variant, options.Rounds) * Half(options, variant)));

    private static double SideBySide(Options options, IReadOnlyList<Variant> variants) =>
        variants.Sum(variant => (2 * StartOfAProgram) + Bench.WarmUpSeconds(options, variant) + 1 + (2 * options.SideBySide * Half(options, variant)));

    private static double Half(Options options, Variant variant) =>
        Bench.SettleSeconds(options, variant) + options.OpenSeconds + options.ClosedSeconds + options.LookSeconds + BetweenPhases;

    private static double Starts(Options options, IReadOnlyList<Variant> variants) =>
        options.Starts * new FreshStarts(options, variants).Chosen([]).Count * (StartOfAProgram + options.StartLoadSeconds + EndOfAStart);
}
