using System.Globalization;
using SelfProfiler.Bench.Overhead.Statistics;
using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>What a spinning thread in the program sees of pauses, and what a new thread costs, with each variant off and on in turn.</summary>
internal sealed class Gaps(Options options, IReadOnlyList<Variant> variants)
{
    private const int NewThreads = 300;

    private readonly Random _random = new(1);
    private readonly List<Reading> _readings = [];

    public string Run()
    {
        var running = variants.Select(variant => new Bench(options, variant)).ToList();
        try
        {
            running.ForEach(static bench => bench.WarmUp());
            using var csv = new StreamWriter(Path.Combine(options.Output, "gaps.csv"));
            csv.WriteLine("round,variant,on,gaps,gaps_ms,p90_ms,longest_ms,new_thread_us");
            for (var round = 1; round <= options.GapRounds; round++)
            {
                var due = running.ToArray();
                _random.Shuffle(due);
                foreach (var bench in due)
                {
                    var onFirst = _random.Next(2) == 0;
                    foreach (var on in (bool[])[onFirst, !onFirst])
                    {
                        var reading = Read(bench, on);
                        _readings.Add(reading);
                        csv.WriteLine(FormattableString.Invariant(
                            $"{round},{reading.Variant},{(on ? 1 : 0)},{reading.Count},{reading.SumMs},{reading.P90Ms},{reading.LongestMs},{reading.NewThreadUs}"));
                        csv.Flush();
                    }

                    bench.SwitchTo(on: false);
                }
            }
        }
        finally
        {
            running.ForEach(static bench => bench.Dispose());
        }

        return Page();
    }

    private Reading Read(Bench bench, bool on)
    {
        bench.SwitchTo(on);
        Thread.Sleep(TimeSpan.FromSeconds(options.SettleSeconds));
        var parts = bench.Child.Control.Order($"gaps:{options.GapSeconds * 1000:0}").Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        var thread = double.Parse(bench.Child.Control.Order($"threads:{NewThreads}"), CultureInfo.InvariantCulture);
        return new Reading(bench.Variant.Name, on, parts[0], parts[1], parts[2], parts[3], thread);
    }

    private string Page()
    {
        var text = new System.Text.StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Gaps of 0.1 ms and more of a spinning thread in {options.GapSeconds:0.#} s, {options.BlockedThreads} blocked threads; medians of {options.GapRounds} rounds.");
        text.AppendLine("| Variant | | gaps | in all (ms) | 90th percentile (ms) | longest (ms) | create + join a thread (µs) |").AppendLine("|---|---|---|---|---|---|---|");
        foreach (var group in _readings.GroupBy(reading => (reading.Variant, reading.On)))
        {
            double Median(Func<Reading, double> of) => PairedRatio.OfValues(group.Select(of)).Median;
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {group.Key.Variant} | {(group.Key.On ? "on" : "off")} | {Median(r => r.Count):0} | {Median(r => r.SumMs):0.0} | {Median(r => r.P90Ms):0.00} | {Median(r => r.LongestMs):0.00} | {Median(r => r.NewThreadUs):0} |");
        }

        return text.ToString();
    }

    private sealed record Reading(string Variant, bool On, double Count, double SumMs, double P90Ms, double LongestMs, double NewThreadUs);
}
