using System.Text;
using SelfProfiler.Bench.Overhead.Statistics;
using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead.Report;

/// <summary>Memory of fresh starts as a table: beside the program without any profiler in it, and beside one that is switched off (A/A).</summary>
internal static class Memory
{
    public static void Write(StringBuilder page, Options options, IReadOnlyList<Start> starts)
    {
        if (starts.Count == 0)
        {
            return;
        }

        page.Append("\nMemory under ").AppendJoin(", ", ChildServer.FixedCollector.Select(setting => $"`{setting.Name}={setting.Value}`"));
        page.Append(FormattableString.Invariant($", workstation collector, after {options.StartLoadSeconds:0.#} s of load and a full collection, with the variant on; \"more\" is the median of differences to the first line within a round of starts:\n\n"));
        page.Append("| fresh starts, median | RssAnon | more | managed heap | more | first answer after | requests/s of the load |\n|---|---:|---:|---:|---:|---:|---:|\n");
        var reference = starts.Any(start => start.Variant == AbsentVariant.Called) ? AbsentVariant.Called : Variants.Same.Name;
        foreach (var group in starts.GroupBy(start => start.Variant).OrderBy(group => group.Key != reference))
        {
            page.Append(FormattableString.Invariant(
                $"| {group.Key} ({string.Join(", ", group.Select(s => FormattableString.Invariant($"{s.RssAnonMb:0.0}")))}) | {Median(group.Select(s => s.RssAnonMb)):0.0} MB | {More(s => s.RssAnonMb)} | {Median(group.Select(s => s.HeapMb)):0.0} MB | {More(s => s.HeapMb)} | {Median(group.Select(s => s.AnswerMs)):0} ms | {Median(group.Select(s => s.PerSecond)):0} |\n"));

            string More(Func<Start, double> of) => group.Key == reference ? "" : FormattableString.Invariant(
                $"{Median(group.Join(starts.Where(s => s.Variant == reference), s => s.Round, s => s.Round, (with, without) => of(with) - of(without))):+0.0;-0.0;0.0} MB");
        }
    }

    private static double Median(IEnumerable<double> values) => PairedRatio.OfValues(values).Median;
}
