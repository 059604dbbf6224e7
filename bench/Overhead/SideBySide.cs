using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>
/// Two programs of each variant under load at the same time, one on and one off, then the other way round. Where neighbours use the machine as they
/// like, two seconds in a row differ more than the profiler costs; of what happens to both programs at once nothing is left in the ratio.
/// </summary>
internal sealed class SideBySide(Options options, IReadOnlyList<Variant> variants)
{
    private readonly Random _random = new(1);

    /// <summary>Of the open loop, for each of the two.</summary>
    public double Rate { get; private set; } = options.Rate;

    public void Run(Action<Measurement> measured)
    {
        var running = new List<(Bench A, Bench B)>();
        try
        {
            foreach (var variant in variants)
            {
                var pair = (A: new Bench(options, variant), B: new Bench(options, variant));
                running.Add(pair);
                Both(pair.A.WarmUp, pair.B.WarmUp);
                Console.WriteLine($"{variant.Name}: {variant.What}");
            }

            Rate = Rate > 0 ? Rate : Math.Round(running[0].A.Load.Closed(3).PerSecond / 4);
            Console.WriteLine(FormattableString.Invariant($"Open loop: {Rate:0} requests/s for each of two programs. {options.SideBySide} rounds."));
            for (var round = 1; round <= options.SideBySide; round++)
            {
                var due = running.ToArray();
                _random.Shuffle(due);
                foreach (var pair in due)
                {
                    var onFirst = _random.Next(2) == 0;
                    Measure(pair, round, onFirst, first: true, measured);
                    Measure(pair, round, !onFirst, first: false, measured);
                    Both(() => pair.A.SwitchTo(on: false), () => pair.B.SwitchTo(on: false));
                }

                Console.WriteLine(FormattableString.Invariant($"  round {round} of {options.SideBySide}"));
            }
        }
        finally
        {
            running.ForEach(static pair =>
            {
                pair.A.Dispose();
                pair.B.Dispose();
            });
        }
    }

    private void Measure((Bench A, Bench B) pair, int round, bool on, bool first, Action<Measurement> measured)
    {
        Measurement? a = null;
        Measurement? b = null;
        using var barrier = new Barrier(2);
        void Together()
        {
            if (!barrier.SignalAndWait(TimeSpan.FromMinutes(1)))
            {
                throw new TimeoutException("The other program does not come.");
            }
        }

        Both(
            () => a = pair.A.Measure(round, on, first, Rate, 'a', Together),
            () => b = pair.B.Measure(round, !on, first, Rate, 'b', Together));
        measured(a!);
        measured(b!);
    }

    private static void Both(params Action[] actions) => Together.Run(actions);
}
