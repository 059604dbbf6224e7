using System.Text;
using SelfProfiler.Bench.Overhead.Statistics;

namespace SelfProfiler.Bench.Overhead.Report;

/// <summary>The results as a page of Markdown: machine, ratios with intervals, verdicts, what has no ratio, memory.</summary>
internal static class ResultsPage
{
    public static string Write(Options options, double rate, IReadOnlyList<Measurement> measurements, IReadOnlyList<Start> starts)
    {
        var page = new StringBuilder();
        page.Append(FormattableString.Invariant($"# Overhead\n\n{Machine.Describe()}\n\n"));
        page.Append(FormattableString.Invariant($"Open loop {rate:0} requests/s ({(options.SideBySide > 0 ? "a quarter of saturation for each program" : "half of saturation")}), {options.Connections} connections, {options.BlockedThreads} blocked threads. "));
        page.Append(options.SideBySide > 0
            ? "Two programs at the same time, one on and one off, then the other way round: ratios on/off of each such round, median and 95 % interval; which is on first is random, the number of rounds was fixed before. "
            : "Ratios on/off in the same process, median of pairs and 95 % interval; the order within a pair is random, the number of pairs was fixed before. ");
        page.Append(FormattableString.Invariant($"Warmed up for {options.WarmUpSeconds:0.#} s with the profiler on; open loop of {options.OpenSeconds:0.#} s and closed loop of {options.ClosedSeconds:0.#} s, {options.SettleSeconds:0.#} s after the switch."));
        page.Append(options.SideBySide > 0 ? FormattableString.Invariant($" A/A has nothing that settles and waits for {Bench.SettleSeconds(options, Variants.Same):0.#} s.\n\n") : "\n\n");
        var variants = measurements.Select(m => m.Variant).Distinct().ToList();
        page.Append("| variant | pairs |").AppendJoin(" | ", Column.All.Select(column => column.Name)).Append(" |\n");
        page.Append("|---|---:|").Append(string.Concat(Column.All.Select(_ => "---|"))).Append('\n');
        foreach (var variant in variants)
        {
            page.Append(FormattableString.Invariant($"| {variant} | {measurements.Where(m => m.Variant == variant).DistinctBy(m => m.Round).Count()} |"));
            page.AppendJoin('|', Column.All.Select(column => $" {Cell(column, measurements, variant)} ")).Append("|\n");
        }

        var failures = measurements.Sum(m => m.Failures);
        page.Append(failures == 0 ? "\nNo request failed.\n" : FormattableString.Invariant($"\n**{failures} requests failed.**\n"));
        Absolutes.Write(page, measurements);
        Memory.Write(page, options, starts);
        return page.ToString();
    }

    private static string Cell(Column column, IReadOnlyList<Measurement> measurements, string variant)
    {
        var ratio = column.Ratio(measurements, variant);
        var text = ratio.HasInterval
            ? FormattableString.Invariant($"{ratio.Median:0.000} [{ratio.Low:0.000}, {ratio.High:0.000}]")
            : FormattableString.Invariant($"{ratio.Median:0.000}");
        return column.Bar(variant) is { } bar
            ? $"{text} {bar}: **{bar.Judge(ratio, column.Ratio(measurements, Variants.Same.Name)).ToString().ToLowerInvariant()}**"
            : text;
    }
}
