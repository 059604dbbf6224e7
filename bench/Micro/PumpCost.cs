using System.Diagnostics;
using System.Globalization;
using SelfProfiler.Aggregate;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;

namespace SelfProfiler.Bench.Micro;

/// <summary>What one request costs the pump, in the three steps it is handled in: taking its label changes over, booking them, closing the period.</summary>
/// <remarks>Requests are made in between, on the same thread; every step begins with caches that other work has used.</remarks>
internal static class PumpCost
{
    private const int Turns = 5; // of one period

    private static readonly AsyncLocal<object?> _accessor = new();

    public static void Run(int periods)
    {
        var labels = new LabelEngine(new LabelOptions());
        var aggregator = new Aggregator(static _ => null, labels.Timeline, labels.Requests);
        labels.Start();
        Console.WriteLine("requests_per_turn,spans,take_over_ns,book_ns,close_ns,sum_ns,pump_bytes");
        foreach (var (requests, spans) in ((int, int)[])[(1000, 0), (1000, 0), (1000, 2), (20, 0)])
        {
            var rows = new List<(double Take, double Book, double Close, double Bytes)>();
            for (int i = 0; i < periods; i++)
            {
                rows.Add(Period(labels, aggregator, requests, spans));
            }

            double take = Median(rows.Select(row => row.Take)), book = Median(rows.Select(row => row.Book)), close = Median(rows.Select(row => row.Close));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{requests},{spans},{take:0},{book:0},{close:0},{take + book + close:0},{Median(rows.Select(row => row.Bytes)):0.0}"));
        }

        labels.Stop();
    }

    private static (double Take, double Book, double Close, double Bytes) Period(LabelEngine labels, Aggregator aggregator, int requests, int spans)
    {
        var memory = new byte[4 << 20];
        long taken = 0, allocated = 0;
        for (int turn = 0; turn < Turns; turn++)
        {
            Requests(requests, spans);
            Use(memory);
            allocated -= GC.GetAllocatedBytesForCurrentThread();
            taken -= Clock.Now;
            labels.Timeline.Drain(Clock.Now);
            taken += Clock.Now;
            allocated += GC.GetAllocatedBytesForCurrentThread();
        }

        Use(memory);
        long until = Clock.Now;
        allocated -= GC.GetAllocatedBytesForCurrentThread();
        labels.Timeline.Advance(until, aggregator.OnInterval);
        long booked = Clock.Now;
        aggregator.Close(new CpuPeriod(until, 250_000_000, KernelSamples: true, 4_000_000_000, 0, Gaps: false, Fresh: false, Last: false), [], []);
        long closed = Clock.Now;
        allocated += GC.GetAllocatedBytesForCurrentThread();
        double count = requests * Turns;
        return (taken / count, (booked - until) / count, (closed - booked) / count, allocated / count);
    }

    private static void Requests(int count, int spans)
    {
        var flow = ExecutionContext.Capture()!;
        for (int i = 0; i < count; i++)
        {
            _accessor.Value = _accessor;
            using (new Activity("request").Start())
            {
                RequestScope.SetRoute("/orders/{id}");
                for (int span = 0; span < spans; span++)
                {
                    new Activity("span").Start().Dispose();
                }

                RequestScope.SetStatus(200);
            }

            ExecutionContext.Restore(flow);
        }
    }

    private static void Use(byte[] memory)
    {
        for (int at = 0; at < memory.Length; at += 64)
        {
            memory[at]++;
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
