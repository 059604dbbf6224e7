using System.Globalization;
using SelfProfiler.Kernel;

namespace SelfProfiler.SwitchCost;

/// <summary>
/// What do the events of the kernel sampler add to a context switch? Short rounds of each way to attach in turn, each with threads of its own:
/// <c>SwitchCost [ROUNDS] [TRIPS]</c>. Writes one CSV line per round; medians, and what is added to one switch, go to the error stream.
/// </summary>
internal static class Program
{
    private static readonly Way[] _ways =
    [
        new("none", null, Early: false, On: true),
        new("early", SamplerScheme.ThreadsByCpus, Early: true, On: true),
        new("late", SamplerScheme.ThreadsByCpus, Early: false, On: true),
        new("threads", SamplerScheme.Threads, Early: false, On: true),
        new("system", SamplerScheme.SystemWide, Early: false, On: true),
        new("early-off", SamplerScheme.ThreadsByCpus, Early: true, On: false),
        new("late-off", SamplerScheme.ThreadsByCpus, Early: false, On: false),
        new("threads-off", SamplerScheme.Threads, Early: false, On: false),
    ];

    private static int Main(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 15;
        int trips = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 10_000;
        Console.WriteLine("load,way,round,trip_ns");

        // Switches of a thread that has events, for each trip: what getrusage counts for the process.
        foreach (var (load, otherProcess, switches) in new[] { ("thread", false, 2), ("other", true, 1) })
        {
            var results = _ways.ToDictionary(way => way, _ => new List<double>());
            for (int round = -1; round < rounds; round++)
            {
                // The order turns, so that none always follows the same one.
                for (int i = 0; i < _ways.Length; i++)
                {
                    var way = _ways[(i + round + _ways.Length) % _ways.Length];
                    double trip = Measure(way, otherProcess, trips);
                    if (round >= 0)
                    {
                        results[way].Add(trip);
                        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{load},{way.Name},{round},{trip:f0}"));
                    }
                }
            }

            Report(load, switches, results);
        }

        return 0;
    }

    private static double Measure(Way way, bool otherProcess, int trips)
    {
        var pingPong = way.Early ? null : new PingPong(otherProcess);
        using var pump = way.Scheme is { } scheme ? new SamplingThread(scheme) : null;
        pingPong ??= new PingPong(otherProcess);
        using (pingPong)
        {
            if (pump is not null && !way.On)
            {
                pump.Do(sampler => sampler.Run(false));
            }

            double ns = pingPong.Run(trips);
            int samples = 0;
            pump?.Do(sampler => samples = sampler.Drain(static (in Decode.RawSample _) => { }));
            if (samples > 0 && !way.On)
            {
                Console.Error.WriteLine($"{way.Name}: {samples} samples, but its events are off");
            }

            return ns;
        }
    }

    private static void Report(string load, int switches, Dictionary<Way, List<double>> results)
    {
        var none = results[_ways[0]];
        foreach (var (way, trips) in results)
        {
            // Rounds are neighbours in time: their differences know less of what else the machine does than the medians.
            var added = trips.Zip(none, (with, without) => (with - without) / switches).Order().ToList();
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{load} {way.Name,-11} median {trips.Order().ElementAt(trips.Count / 2):f0} ns a trip, added to a switch: median {added[added.Count / 2]:f0} ns, quartiles {added[added.Count / 4]:f0} to {added[added.Count * 3 / 4]:f0}"));
        }
    }

    private sealed record Way(string Name, SamplerScheme? Scheme, bool Early, bool On);
}
