using System.Text;
using SelfProfiler.Bench.Overhead.Statistics;

namespace SelfProfiler.Bench.Overhead.Report;

/// <summary>The results as a page of Markdown: machine, ratios with intervals, verdicts, suspensions, memory.</summary>
internal static class ResultsPage
{
    public static string Write(Options options, double rate, IReadOnlyList<Measurement> measurements, IReadOnlyList<Suspended> suspensions, IReadOnlyList<Start> starts)
    {
        var page = new StringBuilder();
        page.Append(FormattableString.Invariant($"# Overhead\n\n{Machine.Describe()}\n\n"));
        page.Append(FormattableString.Invariant($"Open loop {rate:0} requests/s ({(options.SideBySide > 0 ? "a quarter of saturation for each program" : "half of saturation")}), {options.Connections} connections, {options.BlockedThreads} blocked threads. "));
        page.Append(options.SideBySide > 0
            ? "Two programs at the same time, one on and one off, then the other way round: ratios on/off of each such round, median and 95 % interval; which is on first is random, the number of rounds was fixed before.\n\n"
            : "Ratios on/off in the same process, median of pairs and 95 % interval; the order within a pair is random, the number of pairs was fixed before.\n\n");
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
        Suspensions(page, suspensions);
        Starts(page, options, starts);
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

    private static void Suspensions(StringBuilder page, IReadOnlyList<Suspended> suspensions)
    {
        if (suspensions.Count > 0)
        {
            page.Append("\n| variant, on, under the open load | suspended, not for a collection | longest | for collections |\n|---|---:|---:|---:|\n");
            foreach (var row in suspensions)
            {
                page.Append(FormattableString.Invariant($"| {row.Variant} | {row.OtherShare * 100:0.000} % | {row.LongestMs:0.0} ms | {row.GcShare * 100:0.000} % |\n"));
            }
        }
    }

    private static void Starts(StringBuilder page, Options options, IReadOnlyList<Start> starts)
    {
        if (starts.Count > 0)
        {
            page.Append("\nMemory under ").AppendJoin(", ", Target.ChildServer.FixedCollector.Select(setting => $"`{setting.Name}={setting.Value}`")).Append(", workstation collector:\n");
            page.Append(FormattableString.Invariant($"\n| fresh starts, median | RssAnon after {options.StartLoadSeconds:0} s of load and a full collection | managed heap | first answer after | requests/s of the load |\n|---|---:|---:|---:|---:|\n"));
            foreach (var group in starts.GroupBy(start => start.Variant))
            {
                page.Append(FormattableString.Invariant(
                    $"| {group.Key} ({string.Join(", ", group.Select(s => FormattableString.Invariant($"{s.RssAnonMb:0.0}")))}) | {Median(group.Select(s => s.RssAnonMb)):0.0} MB | {Median(group.Select(s => s.HeapMb)):0.0} MB | {Median(group.Select(s => s.StartMs)):0} ms | {Median(group.Select(s => s.PerSecond)):0} |\n"));
            }
        }
    }

    private static double Median(IEnumerable<double> values) => PairedRatio.OfValues(values).Median;
}

/// <summary>Suspensions of one variant under load.</summary>
internal sealed record Suspended(string Variant, double OtherShare, double GcShare, double LongestMs);

/// <summary>One fresh start of one variant.</summary>
internal sealed record Start(string Variant, double RssAnonMb, double HeapMb, double StartMs, double PerSecond);
