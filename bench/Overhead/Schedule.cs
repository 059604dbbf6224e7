using System.Globalization;
using SelfProfiler.Bench.Overhead.Report;
using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>Who is measured when: every round takes each main variant once and every third the others, in random order, off and on in random order.</summary>
internal sealed class Schedule(Options options, IReadOnlyList<Variant> variants)
{
    private static readonly string[] _main = ["A/A", "default", "eventpipe"];

    private readonly Random _random = new(1);

    /// <summary>Of the open loop.</summary>
    public double Rate { get; private set; } = options.Rate;

    public void Run(Action<Measurement> measured, Action<Suspended> suspended)
    {
        var running = new List<Bench>();
        try
        {
            foreach (var variant in variants)
            {
                TryStart(variant, running);
            }

            Rate = Rate > 0 ? Rate : Math.Round(running[0].Load.Closed(3).PerSecond / 2);
            Console.WriteLine(FormattableString.Invariant($"Open loop: {Rate:0} requests/s. {options.Rounds} rounds."));
            for (var round = 1; round <= options.Rounds; round++)
            {
                var due = running.Where(bench => _main.Contains(bench.Variant.Name) || round % 3 == 0).ToArray();
                _random.Shuffle(due);
                foreach (var bench in due)
                {
                    var onFirst = _random.Next(2) == 0;
                    measured(bench.Measure(round, onFirst, first: true, Rate));
                    measured(bench.Measure(round, !onFirst, first: false, Rate));
                    bench.SwitchTo(on: false);
                }

                Console.WriteLine(FormattableString.Invariant($"  round {round} of {options.Rounds}"));
            }

            foreach (var bench in running)
            {
                suspended(Suspensions(bench));
            }
        }
        finally
        {
            running.ForEach(bench => bench.Dispose());
        }
    }

    /// <summary>Memory and time to the first answer depend on the start: each is a start of its own.</summary>
    public List<Start> MeasureStarts()
    {
        var starts = new List<Start>();
        var own = variants.Where(variant => variant is SameVariant or OwnVariant && _main.Contains(variant.Name)).ToArray();
        for (var i = 0; i < options.Starts; i++)
        {
            foreach (var variant in own)
            {
                using var bench = new Bench(options, variant, fixedCollector: true);
                var load = bench.Load.Closed(options.StartLoadSeconds);
                var heap = double.Parse(bench.Child.Control.Order("collect"), CultureInfo.InvariantCulture);
                starts.Add(new Start(variant.Name, bench.Child.Clock.RssAnonMegabytes(), heap / (1 << 20), bench.Child.StartTook.TotalMilliseconds, load.PerSecond));
            }
        }

        return starts;
    }

    /// <summary>A variant that the machine does not allow (the kernel's, for example) is left out and said to be.</summary>
    private void TryStart(Variant variant, List<Bench> running)
    {
        var bench = new Bench(options, variant);
        try
        {
            bench.WarmUp();
            running.Add(bench);
            Console.WriteLine($"{variant.Name}: {variant.What}");
        }
        catch (TimeoutException e)
        {
            bench.Dispose();
            Console.WriteLine($"{variant.Name} is left out. {e.Message}");
        }
    }

    private Suspended Suspensions(Bench bench)
    {
        const double Seconds = 2;
        bench.SwitchTo(on: true);
        bench.Load.Open(Rate, options.SettleSeconds, seed: 0);
        var probe = SuspensionProbe.During(bench.Child.Id, () => bench.Load.Open(Rate, Seconds, seed: 1));
        bench.SwitchTo(on: false);
        return new Suspended(bench.Variant.Name, probe.OtherMs / 1e3 / Seconds, probe.GcMs / 1e3 / Seconds, probe.LongestOtherMs);
    }
}
