using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;

namespace SelfProfiler.Bench.Micro;

/// <summary>What labels add to one request on its thread: with caches that other work has used in between, as on a server.</summary>
/// <remarks>Every request is timed by itself, labels on and off in turn, and medians are compared: interruptions by others do not count.</remarks>
internal static class RequestCost
{
    /// <summary>Long enough that switching labels on and off is rare.</summary>
    private static readonly TimeSpan _round = TimeSpan.FromMilliseconds(200);

    /// <summary>The pump's part is done in between, on the same thread: a pump that has to wait for a processor would let rings overflow.</summary>
    private const int PerVisit = 100;

    // As ASP.NET Core has it: other values flow beside ours.
    private static readonly AsyncLocal<object?> _accessor = new();
    private static readonly RouteName _route = new("/orders/{id}");

    public static void Run(int rounds)
    {
        var labels = new LabelEngine(new LabelOptions());
        _ = Measure(labels, 0, 10); // until everything is compiled
        Console.WriteLine("caches,threads,on_ns,off_ns,labels_ns,labels_bytes,dropped");
        foreach (int others in (int[])[1 << 18, 1 << 20])
        {
            foreach (bool crowded in (bool[])[false, true])
            {
                using var second = crowded ? new OtherThread(others) : null;
                _ = Measure(labels, others, 2);
                var (on, off, bytes) = Measure(labels, others, rounds);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"after {others >> 10} KB,{(crowded ? 2 : 1)},{on},{off},{on - off},{bytes},{Dropped(labels)}"));
            }
        }
    }

    private static long Dropped(LabelEngine labels) =>
        labels.Tracker.Counters.ChangesDropped + labels.Tracker.Counters.ChangesWithoutRing;

    private static (long On, long Off, long Bytes) Measure(LabelEngine labels, int others, int rounds)
    {
        var times = (On: new List<long>(), Off: new List<long>());
        long bytes = 0;
        var memory = new byte[others];
        var flow = ExecutionContext.Capture()!;
        for (int i = 0; i < rounds; i++)
        {
            labels.Start();
            bytes = Round(labels, times.On, memory, flow);
            labels.Stop();
            bytes -= Round(labels, times.Off, memory, flow);
        }

        times.On.Sort();
        times.Off.Sort();
        return (times.On[times.On.Count / 2], times.Off[times.Off.Count / 2], bytes);
    }

    private static long Round(LabelEngine labels, List<long> times, byte[] memory, ExecutionContext flow)
    {
        long bytes = 0;
        int count = 0;
        for (long end = Clock.Now + (long)_round.TotalNanoseconds; Clock.Now < end; count++)
        {
            if (count % PerVisit == 0)
            {
                labels.Timeline.Drain(Clock.Now);
            }

            Use(memory);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            Request();
            long time = Stopwatch.GetTimestamp() - start;
            bytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
            times.Add(Clock.FromTicks(time));
            ExecutionContext.Restore(flow);
        }

        return bytes / count;
    }

    private static void Use(byte[] memory)
    {
        for (int at = 0; at < memory.Length; at += 64)
        {
            memory[at]++;
        }
    }

    // What the server, its middleware and its router do for a request that does not wait.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Request()
    {
        _accessor.Value = _accessor;
        using (new Activity("request").Start())
        {
            _ = RequestScope.Begin();
            RequestScope.SetRoute(_route);
            RequestScope.SetStatus(200);
        }
    }

    /// <summary>Answers requests beside the one that is measured: what both write, their processors take from each other.</summary>
    private sealed class OtherThread : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _stop;

        public OtherThread(int others)
        {
            _thread = new Thread(() =>
            {
                var memory = new byte[others];
                var flow = ExecutionContext.Capture()!;
                while (!_stop)
                {
                    Use(memory);
                    Request();
                    ExecutionContext.Restore(flow);
                }
            });
            _thread.Start();
        }

        public void Dispose()
        {
            _stop = true;
            _thread.Join();
        }
    }
}
