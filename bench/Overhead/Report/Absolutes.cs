using System.Text;
using SelfProfiler.Bench.Overhead.Statistics;

namespace SelfProfiler.Bench.Overhead.Report;

/// <summary>What is often zero and has no ratio: medians with the variant on, and how much more that is than off, round by round.</summary>
internal static class Absolutes
{
    private static readonly (string Name, Func<Measurement, double?> Value)[] _columns =
    [
        ("profiler's threads, µs/request", static m => m.OwnCpuMicroseconds),
        ("paused for collections, µs/request", static m => m.GcPausedMs * 1e3 / m.Requests),
        ("suspended, not for a collection, ms/s", static m => m.Suspended is { } look ? look.OtherMs / look.Seconds : null),
    ];

    public static void Write(StringBuilder page, IReadOnlyList<Measurement> measurements)
    {
        page.Append("\nOf the open loop, median with the variant on, and by how much it is more than off (difference within each round, median and 95 % interval):\n\n");
        page.Append("| variant |").Append(string.Concat(_columns.Select(column => $" {column.Name} | on − off |"))).Append(" longest |\n");
        page.Append("|---|").Append(string.Concat(_columns.Select(_ => "---:|---|"))).Append("---:|\n");
        foreach (var variant in measurements.GroupBy(m => m.Variant))
        {
            var longest = variant.Where(m => m.On).Max(m => m.Suspended?.LongestOtherMs);
            page.Append(FormattableString.Invariant($"| {variant.Key} |")).Append(string.Concat(_columns.Select(column => Cells(variant, column.Value))))
                .Append(longest is { } ms ? FormattableString.Invariant($" {ms:0.0} ms |\n") : " |\n");
        }
    }

    private static string Cells(IEnumerable<Measurement> measurements, Func<Measurement, double?> value)
    {
        var known = measurements.Where(m => value(m) is not null).ToList();
        if (known.Count == 0)
        {
            return " | |";
        }

        var on = PairedRatio.OfValues(known.Where(m => m.On).Select(m => value(m)!.Value));
        var more = PairedRatio.OfValues(known.GroupBy(m => m.Round)
            .Where(round => round.Any(m => m.On) && round.Any(m => !m.On))
            .Select(round => round.Where(m => m.On).Average(m => value(m)!.Value) - round.Where(m => !m.On).Average(m => value(m)!.Value)));
        var interval = more.HasInterval ? FormattableString.Invariant($" [{more.Low:+0.00;-0.00;0.00}, {more.High:+0.00;-0.00;0.00}]") : "";
        return FormattableString.Invariant($" {on.Median:0.00} | {more.Median:+0.00;-0.00;0.00}{interval} |");
    }
}
