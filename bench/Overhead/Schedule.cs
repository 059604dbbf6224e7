using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>Who is measured when: every round takes each main variant once and every third the others, in random order, off and on in random order.</summary>
internal sealed class Schedule(Options options, IReadOnlyList<Variant> variants)
{
    /// <summary>Until the runtimes of so many programs have compiled what they still had to: the rate that is found next must be that of one program alone.</summary>
    public const double RestSeconds = 4;

    private const int Third = 3;

    private static readonly string[] _main = ["A/A", "default", "eventpipe"];

    private readonly Random _random = new(1);

    /// <summary>Of the open loop.</summary>
    public double Rate { get; private set; } = options.Rate;

    /// <summary>Names of variants that the machine does not allow.</summary>
    public HashSet<string> Left { get; } = [];

    public static int RoundsOf(Variant variant, int rounds) => _main.Contains(variant.Name) ? rounds : rounds / Third;

    public void Run(Action<Measurement> measured)
    {
        var running = new List<Bench>();
        try
        {
            foreach (var variant in variants)
            {
                TryStart(variant, running);
            }

            WarmUp(running);
            Rate = Rate > 0 ? Rate : Math.Round(running[0].Load.Closed(3).PerSecond / 2);
            Console.WriteLine(FormattableString.Invariant($"Open loop: {Rate:0} requests/s. {options.Rounds} rounds."));
            for (var round = 1; round <= options.Rounds; round++)
            {
                var due = running.Where(bench => _main.Contains(bench.Variant.Name) || round % Third == 0).ToArray();
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
        }
        finally
        {
            running.ForEach(bench => bench.Dispose());
        }
    }

    /// <summary>All at once: what the profiler does once a second needs time before it is compiled for good, not processors.</summary>
    private void WarmUp(List<Bench> running)
    {
        Together.Run(running.Select<Bench, Action>(bench => () => bench.Load.Closed(options.WarmUpSeconds)));
        running.ForEach(static bench => bench.SwitchTo(on: false));
        Together.Run(running.Select<Bench, Action>(static bench => () => bench.Load.Closed(1)));
        Thread.Sleep(TimeSpan.FromSeconds(RestSeconds));
    }

    /// <summary>A variant that the machine does not allow (the kernel's, for example) is left out and said to be.</summary>
    private void TryStart(Variant variant, List<Bench> running)
    {
        var bench = new Bench(options, variant);
        try
        {
            bench.SwitchTo(on: true);
            running.Add(bench);
            Console.WriteLine($"{variant.Name}: {variant.What}");
        }
        catch (TimeoutException e)
        {
            bench.Dispose();
            Left.Add(variant.Name);
            Console.WriteLine($"{variant.Name} is left out. {e.Message}");
        }
    }
}
