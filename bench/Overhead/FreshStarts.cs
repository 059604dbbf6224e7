using System.Globalization;
using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>Memory depends on the start: each reading is a process of its own. Every round starts each variant once, in random order.</summary>
internal sealed class FreshStarts(Options options, IReadOnlyList<Variant> variants)
{
    private static readonly string[] _own = ["default", "eventpipe", "kernel"];

    private readonly Random _random = new(1);

    /// <summary>The program without the profiler, with it switched off, and what of the chosen variants is a profiler with everything on.</summary>
    /// <param name="left">Variants that the machine does not allow.</param>
    public IReadOnlyList<Variant> Chosen(IReadOnlyCollection<string> left)
    {
        var chosen = variants.Where(variant => (variant is not OwnVariant || _own.Contains(variant.Name)) && !left.Contains(variant.Name));
        return options.IsSample ? [new AbsentVariant(), .. chosen] : [.. chosen];
    }

    public List<Start> Run(IReadOnlyCollection<string> left)
    {
        var starts = new List<Start>();
        var all = Chosen(left).ToArray();
        using var csv = new StreamWriter(Path.Combine(options.Output, "memory.csv"));
        csv.WriteLine(Start.CsvHeader);
        for (var round = 1; round <= options.Starts; round++)
        {
            _random.Shuffle(all);
            foreach (var variant in all)
            {
                var start = Measure(round, variant);
                starts.Add(start);
                csv.WriteLine(start.ToCsv());
                csv.Flush();
            }
        }

        return starts;
    }

    private Start Measure(int round, Variant variant)
    {
        using var bench = new Bench(options, variant, fixedCollector: true);
        bench.SwitchTo(on: true);
        var load = bench.Load.Closed(options.StartLoadSeconds);
        var heap = double.Parse(bench.Child.Control.Order("collect"), CultureInfo.InvariantCulture);
        var rss = bench.Child.Clock.RssAnonMegabytes();
        if (variant is not OwnVariant)
        {
            bench.SwitchTo(on: false); // a peer's session ends before its program does
        }

        return new Start(round, variant.Name, rss, heap / (1 << 20), bench.Child.StartTook.TotalMilliseconds, load.PerSecond);
    }
}

/// <summary>One fresh start of one variant.</summary>
internal sealed record Start(int Round, string Variant, double RssAnonMb, double HeapMb, double AnswerMs, double PerSecond)
{
    public const string CsvHeader = "round,variant,rss_anon_mb,managed_mb,first_answer_ms,requests_per_s";

    public string ToCsv() => FormattableString.Invariant($"{Round},{Variant},{RssAnonMb:0.00},{HeapMb:0.00},{AnswerMs:0.0},{PerSecond:0}");
}
