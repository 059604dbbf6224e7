using SelfProfiler.Bench.Overhead.Statistics;

namespace SelfProfiler.Bench.SelfCost;

/// <summary>The same seconds from outside and from inside.</summary>
internal readonly record struct Pair(Phase Off, Phase On)
{
    /// <summary>Share of the work that is not done.</summary>
    public double Lost => 1 - (On.PerSecond / Off.PerSecond);

    /// <summary>Share of the processors that was ours and did not become work. With nobody else on the machine that is <see cref="Lost"/>; other programs disturb it less.</summary>
    public double Taken => (On.OwnSeconds - (On.Done * Off.OwnSeconds / Off.Done)) / (On.Seconds * Environment.ProcessorCount);

    /// <summary>What each piece of work costs more. A processor that stands still during a tick costs nothing here.</summary>
    public double MoreCpu => 1 - (Off.CpuPerPiece / On.CpuPerPiece);

    public double Ratio => On.Reported / Taken;
}

/// <summary>One scenario's pairs, judged.</summary>
internal sealed record Comparison(Scenario Scenario, IReadOnlyList<Pair> All)
{
    public IReadOnlyList<Pair> Pairs { get; } = [.. All.Where(Scenario.Counts)];

    public const double Factor = 1.5;
    private const double WorthJudging = 0.05;

    public PairedRatio Of(Func<Pair, double> value) => PairedRatio.OfValues(Pairs.Select(value));

    /// <summary>Passes when the whole interval of the ratios lies within the factor, fails when the whole interval lies outside.</summary>
    public string Verdict
    {
        get
        {
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
