using System.Globalization;
using System.Text;
using SelfProfiler.Bench.Overhead.Statistics;
using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>How long a fresh process takes to its first answer, and how much processor time, with each variant beside the program without any profiler: each round starts every one of them once, in random order.</summary>
internal sealed class FirstAnswers(Options options, IReadOnlyList<Variant> variants)
{
    private const string Same = "absent again";

    private readonly Random _random = new(1);
    private readonly List<Reading> _readings = [];

    public string Run()
    {
        var absent = new AbsentVariant();
        (string Name, Variant Variant)[] all = [(absent.Name, absent), (Same, absent), .. variants.Where(variant => variant is OwnVariant).Select(variant => (variant.Name, variant))];
        foreach (var (_, variant) in all)
        {
            Start(0, "", variant); // what the system keeps of files is there from the first round on
        }

        using var csv = new StreamWriter(Path.Combine(options.Output, "first-answers.csv"));
        csv.WriteLine("round,variant,first_answer_ms,cpu_ms");
        for (var round = 1; round <= options.FirstAnswers; round++)
        {
            _random.Shuffle(all);
            foreach (var (name, variant) in all)
            {
                var reading = Start(round, name, variant);
                _readings.Add(reading);
                csv.WriteLine(FormattableString.Invariant($"{round},{name},{reading.AnswerMs:0.0},{reading.CpuMs:0.0}"));
                csv.Flush();
            }
        }

        return Page(absent.Name, [Same, .. variants.Where(variant => variant is OwnVariant).Select(variant => variant.Name)]);
    }

    private Reading Start(int round, string name, Variant variant)
    {
        using var child = ChildServer.Start(options, variant, fixedCollector: false);
        return new Reading(round, name, child.StartTook.TotalMilliseconds, child.Clock.CpuNs() / 1e6);
    }

    private string Page(string reference, string[] names)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"From the start of the process to its first answer, {options.FirstAnswers} rounds of fresh starts in random order; differences within a round, median and 95 % interval.");
        text.AppendLine("| | first answer (ms) | later by (ms) | processor time until then (ms) | more (ms) |").AppendLine("|---|---:|---|---:|---|");
        text.AppendLine(CultureInfo.InvariantCulture, $"| {reference} | {Median(reference, r => r.AnswerMs):0} | | {Median(reference, r => r.CpuMs):0} | |");
        foreach (var name in names)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {name} | {Median(name, r => r.AnswerMs):0} | {Difference(name, reference, r => r.AnswerMs)} | {Median(name, r => r.CpuMs):0} | {Difference(name, reference, r => r.CpuMs)} |");
        }

        return text.ToString();
    }

    private double Median(string name, Func<Reading, double> of) => PairedRatio.OfValues(Of(name).Select(of)).Median;

    private string Difference(string name, string reference, Func<Reading, double> of)
    {
        var spread = PairedRatio.OfValues(Of(name).Zip(Of(reference), (measured, before) => of(measured) - of(before)));
        return FormattableString.Invariant($"{spread.Median:+0;-0;0} [{spread.Low:+0;-0;0}, {spread.High:+0;-0;0}]");
    }

    private IEnumerable<Reading> Of(string name) => _readings.Where(reading => reading.Name == name).OrderBy(reading => reading.Round);

    private sealed record Reading(int Round, string Name, double AnswerMs, double CpuMs);
}
