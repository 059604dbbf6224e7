using System.Globalization;
using System.Text;
using SelfProfiler.Bench.Overhead.Report;
using SelfProfiler.Bench.Overhead.Statistics;

namespace SelfProfiler.Bench.SelfCost;

/// <summary>The comparison as a page of Markdown.</summary>
internal static class ResultsPage
{
    public static string Write(IReadOnlyList<Comparison> comparisons)
    {
        var page = new StringBuilder();
        page.Append(FormattableString.Invariant($"# What the profiler says it costs, and what it costs\n\n{Machine.Describe()}\n\n"));
        page.Append("Share of the processors, in %. Every processor is kept busy; off and on in turn in one process, their order random, the number of pairs fixed before; median of pairs and 95 % interval. ");
        page.Append("*Lost*: work not done per second, which other programs on the machine disturb. *Taken*: the same as processor time, reckoned with what other programs left to this one. ");
        page.Append("*More CPU*: per piece of work; a processor that stands still during a tick is not in it. *Ratio*: reported / taken; ");
        page.Append(FormattableString.Invariant($"within a factor of {Comparison.Factor} is a pass, where at least 5 % is taken.\n\n"));
        page.Append("| | pairs | taken | lost | more CPU | reported | ratio | |\n|---|---:|---|---|---|---|---|---|\n");
        foreach (var row in comparisons)
        {
            page.Append(Line(row)).Append('\n');
        }

        page.Append("\nWhat the report is made of (% of the processors; losses since the start), in the last pair:\n\n");
        foreach (var row in comparisons.Where(row => row.Pairs.Count > 0))
        {
            page.Append(FormattableString.Invariant($"- {row.Scenario.Name}: {row.Pairs[^1].On.Detail}\n"));
        }

        return page.ToString();
    }

    public static string Line(Comparison row) => string.Create(CultureInfo.InvariantCulture, $"| {row.Scenario.Name}: {row.Scenario.What} | {row.Pairs.Count} | {Percent(row, p => p.Taken)} | {Percent(row, p => p.Lost)} | {Percent(row, p => p.MoreCpu)} | {Percent(row, p => p.On.Reported)} | {Show(row.Of(p => p.Ratio), "0.00")} | **{row.Verdict}** |");

    private static string Percent(Comparison row, Func<Pair, double> value) => Show(row.Of(pair => value(pair) * 100), "0.0");

    private static string Show(PairedRatio value, string format)
    {
        string Text(double number) => number.ToString(format, CultureInfo.InvariantCulture);
        return value.HasInterval ? $"{Text(value.Median)} [{Text(value.Low)}, {Text(value.High)}]" : Text(value.Median);
    }
}
