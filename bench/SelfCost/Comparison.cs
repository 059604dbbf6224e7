using SelfProfiler.Bench.Overhead.Statistics;

namespace SelfProfiler.Bench.SelfCost;

/// <summary>The same seconds from outside and from inside.</summary>
/// <param name="Off">Without the profiler.</param>
/// <param name="On">With it.</param>
/// <param name="StandsStill">Processors stand still for it.</param>
internal readonly record struct Pair(Phase Off, Phase On, bool StandsStill)
{
    /// <summary>Share of the work that is not done.</summary>
    public double Lost => 1 - (On.PerSecond / Off.PerSecond);

    /// <summary>What the process lost, as a share of the processors. With nobody else on the machine that is <see cref="Lost"/>.</summary>
    /// <remarks>
    /// Other programs disturb it less when time that was ours (used by us or by nobody) is compared with the work done in it. A processor that
    /// stands still for a tick is taken by those others, though: there it is the part of our work that is not done.
    /// </remarks>
    public double Taken => StandsStill
        ? Lost * Off.OwnShare
        : (On.OwnSeconds - (On.Done * Off.OwnSeconds / Off.Done)) / (On.Seconds * Environment.ProcessorCount);

    /// <summary>What each piece of work costs more. A processor that stands still during a tick costs nothing here.</summary>
    public double MoreCpu => 1 - (Off.CpuPerPiece / On.CpuPerPiece);

    public double Ratio => On.Reported / Taken;
}

/// <summary>One scenario's pairs, judged.</summary>
internal sealed record Comparison(Scenario Scenario, IReadOnlyList<Pair> Pairs)
{
    public const double Factor = 1.5;
    private const double WorthJudging = 0.05;

    /// <summary>Of the processors: with less, other programs run while ours stand still, and the scheduler pays some of that back.</summary>
    private const double Ours = 0.85;

    /// <summary>Pairs of which both halves are there, in the order of the scenarios.</summary>
    public static IReadOnlyList<Comparison> Read(string csv)
    {
        var lines = File.ReadLines(csv).Skip(1).Select(line => line.Split(',')).ToLookup(fields => fields[0]);
        return [.. Scenario.All.Where(scenario => lines.Contains(scenario.Name)).Select(scenario => new Comparison(scenario, [.. lines[scenario.Name]
            .GroupBy(fields => fields[1])
            .Where(pair => pair.Count() == 2)
            .Select(pair => new Pair(Half(pair, "off"), Half(pair, "on"), scenario.StandsStill))]))];
    }

    private static Phase Half(IEnumerable<string[]> pair, string profiler) => Phase.Parse(pair.First(fields => fields[2] == profiler).AsSpan(3));

    public PairedRatio Of(Func<Pair, double> value) => PairedRatio.OfValues(Pairs.Select(value));

    /// <summary>Passes when the whole interval of the ratios lies within the factor, fails when the whole interval lies outside.</summary>
    public string Verdict
    {
        get
        {
            if (Scenario.StandsStill && !(Of(pair => pair.Off.OwnShare).Median >= Ours))
            {
                return "inconclusive: other programs had the processors";
            }

            if (Scenario.NeverOn || Of(pair => pair.Taken).Median < WorthJudging)
            {
                return "not judged";
            }

            var ratio = Of(pair => pair.Ratio);
            return !ratio.HasInterval ? "inconclusive"
                : ratio.Low >= 1 / Factor && ratio.High <= Factor ? "pass"
                : ratio.High < 1 / Factor || ratio.Low > Factor ? "fail"
                : "inconclusive";
        }
    }
}
