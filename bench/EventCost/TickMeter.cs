using SelfProfiler.Session;

namespace SelfProfiler.EventCost;

/// <summary>What one thread costs in one tick: CPU time of the runtime's sampling thread, which is the time every managed thread stands still.</summary>
internal static class TickMeter
{
    private const int Threads = 50;

    public static List<Round> Measure(Meter meter, int depth, int rounds)
    {
        using var over = new ManualResetEventSlim();
        using var parked = new CountdownEvent(Threads);
        for (int i = 0; i < Threads; i++)
        {
            new Thread(() => Meter.Descend(depth - 6, () =>
            {
                parked.Signal();
                over.Wait();
            }))
            { IsBackground = true }.Start();
        }

        parked.Wait();
        var result = new List<Round>();
        for (int i = -2; i < rounds; i++)
        {
            double cpu = 0;
            var reader = meter.Collect(SessionDefinition.Ticks, new EventReader(0), () => cpu = SamplerCpu());
            if (i >= 0 && reader.Events > 0)
            {
                result.Add(new Round((double)reader.Frames / reader.Events, reader.Events, 0, cpu / reader.Events));
            }
        }

        over.Set();
        return result;
    }

    // The runtime's event thread that burns the most in the window is the sampler: the others wait.
    private static double SamplerCpu()
    {
        var before = EventThreads();
        Thread.Sleep(200);
        return EventThreads().Select(thread => thread.Value - before.GetValueOrDefault(thread.Key)).DefaultIfEmpty().Max();
    }

    private static Dictionary<string, double> EventThreads()
    {
        var result = new Dictionary<string, double>();
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(task, "comm")).StartsWith(".NET EventPipe", StringComparison.Ordinal))
                {
                    result[task] = double.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0]);
                }
            }
            catch (IOException)
            {
                // The thread has ended.
            }
        }

        return result;
    }
}
