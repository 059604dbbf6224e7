using System.Globalization;
using SelfProfiler.Session;

namespace SelfProfiler.EventCost;

/// <summary>
/// What does an event cost the thread that writes it? Runs each kind at several stack depths with its session on and off in
/// alternation and writes one CSV line per round: <c>EventCost [ROUNDS] [KIND]</c>. Medians go to the error stream.
/// </summary>
internal static class Program
{
    private static readonly int[] _depths = [5, 20, 50, 100];

    private static readonly (string Name, SessionDefinition Session, Func<IWork> Work)[] _kinds =
    [
        ("allocation", SessionDefinition.Gc(allocations: true, exceptions: false), () => new AllocationWork()),
        ("exception", SessionDefinition.Gc(allocations: false, exceptions: true), () => new ExceptionWork()),
        ("contention", SessionDefinition.Contention, () => new ContentionWork()),
        ("wait", SessionDefinition.Waits, () => new WaitWork()),
        ("wait-rare", SessionDefinition.Waits, () => new RareWaitWork()),
        ("wait-without-stack", SessionDefinition.Waits with { Stacks = false }, () => new WaitWork()),
    ];

    private static int Main(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 15;
        string? only = arguments.Length > 1 ? arguments[1] : null;
        using var meter = new Meter();
        Console.WriteLine("kind,depth,round,frames,events,off_ns_per_event,on_ns_per_event,event_ns");
        foreach (var (name, session, make) in _kinds)
        {
            foreach (int depth in only is null || only == name ? _depths : [])
            {
                using var work = make();
                Report(name, depth, meter.Measure(session, work, depth, rounds));
            }
        }

        foreach (int depth in only is null or "tick" ? _depths : [])
        {
            Report("tick", depth, TickMeter.Measure(meter, depth, rounds));
        }

        foreach (var (name, each, work) in LabelMeter.Kinds)
        {
            if (only is null || only == name)
            {
                Report(name, 0, LabelMeter.Measure(each, work, rounds));
            }
        }

        return 0;
    }

    private static void Report(string kind, int depth, List<Round> rounds)
    {
        if (rounds.Count == 0)
        {
            Console.Error.WriteLine($"{kind} depth {depth}: no events came");
            return;
        }

        for (int i = 0; i < rounds.Count; i++)
        {
            var r = rounds[i];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind},{depth},{i},{r.Frames:f1},{r.Events},{r.OffNs:f0},{r.OnNs:f0},{r.EventNs:f0}"));
        }

        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{kind} depth {depth}: median {Median(rounds, r => r.EventNs):f0} ns over {rounds.Count} rounds, {Median(rounds, r => r.Frames):f0} frames, quartiles {Quantile(rounds, 0.25):f0} to {Quantile(rounds, 0.75):f0}"));
    }

    private static double Median(List<Round> rounds, Func<Round, double> value) => rounds.Select(value).Order().ElementAt(rounds.Count / 2);

    private static double Quantile(List<Round> rounds, double share) => rounds.Select(r => r.EventNs).Order().ElementAt((int)(rounds.Count * share));
}
