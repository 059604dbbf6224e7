using SelfProfiler.Kernel;

namespace SelfProfiler.RepairCost;

/// <summary>Samples as the kernel wrote them, copied out of the rings.</summary>
internal static class Recording
{
    private const int Wanted = 300;

    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(2);

    public static List<byte[]> Of(Action work, MethodsSeen methods)
    {
        var (thread, stop) = (0, false);
        var worker = new Thread(() =>
        {
            Volatile.Write(ref thread, Libc.CurrentThread());
            while (!Volatile.Read(ref stop))
            {
                work();
            }
        });
        worker.Start();
        worker.Join(Warm);
        var records = Record(() => Volatile.Read(ref thread), worker);
        Volatile.Write(ref stop, true);
        worker.Join();
        methods.Apply();
        return records;
    }

    private static List<byte[]> Record(Func<int> thread, Thread worker)
    {
        var abi = PerfAbi.Current!;
        var settings = new KernelSamplerSettings { KernelTime = true };
        var rights = PerfProbe.Run(insist: false, out var reason, out _) ?? throw new InvalidOperationException(reason);
        var threads = new ThreadList(abi);
        threads.Read();
        var cpus = CpuSet.For(threads.Threads);

        var plan = new SamplerPlan(SamplerScheme.ThreadsByCpus, rights.InheritThread, 64, cpus.Length, 10_000);
        using var events = new PerCpuEvents(abi, plan, settings, rights, cpus);
        if (events.Attach(threads) is { } refused)
        {
            throw new InvalidOperationException(refused);
        }

        var records = new List<byte[]>();
        var scratch = new byte[1 << 16];
        long foreign = 0;
        while (records.Count < Wanted)
        {
            worker.Join(5);
            foreach (var ring in events.Rings)
            {
                ring.Begin();
                while (ring.TryRead(Environment.ProcessId, ref scratch, ref foreign, out var record))
                {
                    if (PerfRecord.Type(record) == PerfRecord.Sample && PerfRecord.TryReadSample(record, abi, events.StackBytes > 0, out var sample)
                        && sample.Thread == thread() && !sample.Stack.IsEmpty)
                    {
                        records.Add(record.ToArray());
                    }
                }

                ring.End();
            }
        }

        return records;
    }
}
