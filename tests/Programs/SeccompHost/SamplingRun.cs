using System.Diagnostics;
using System.Globalization;
using SelfProfiler.Decode;
using SelfProfiler.Kernel;

namespace SelfProfiler.SeccompHost;

/// <summary>Probes, attaches, burns CPU, and says what came of it.</summary>
internal static class SamplingRun
{
    private const int Enough = 20;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static void Report(Options options, TextWriter output)
    {
        var settings = new KernelSamplerSettings { Insist = options.Insist, ReattachAtMostEvery = TimeSpan.FromMilliseconds(200) };
        using var sampler = KernelSampler.TryStart(settings, out var reason);
        output.WriteLine($"probed={sampler is not null}");
        if (options.Twice)
        {
            var faults = ChildFaults();
            KernelSampler.TryStart(settings, out _)?.Dispose();
            output.WriteLine($"copied={faults > 0}");
            output.WriteLine($"copiedAgain={ChildFaults() > faults}");
        }

        if (sampler is null || !sampler.AttachOnPump(out reason))
        {
            output.WriteLine($"reason={reason}");
            return;
        }

        output.WriteLine($"cpus={sampler.Status.Cpus}");
        if (options.Widen)
        {
            Limits.AllowAllCpus();
        }

        var samples = Burn(sampler, options.Widen);
        var status = sampler.Status;
        output.WriteLine($"samples={samples}");
        output.WriteLine($"scheme={status.Scheme}");
        output.WriteLine($"rings={status.RingBytes}");
        output.WriteLine($"reattached={status.Reattached}");
        output.WriteLine($"cpusAfter={status.Cpus}");
        output.WriteLine($"status={status}");
    }

    /// <summary>Page faults of children that have ended: a copy of this process has some as soon as it runs.</summary>
    private static long ChildFaults()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[8], CultureInfo.InvariantCulture);
    }

    /// <summary>Keeps a CPU busy until that has shown, then waits for what the second look after a second brings.</summary>
    private static int Burn(KernelSampler sampler, bool awaitAttachment)
    {
        var samples = 0;
        RawSampleHandler count = (in RawSample _) => samples++;
        var done = false;
        var burner = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                // Burns.
            }
        });
        burner.Start();
        for (var start = Stopwatch.GetTimestamp(); (samples < Enough || (awaitAttachment && sampler.Status.Reattached == 0)) && Stopwatch.GetElapsedTime(start) < Longest;)
        {
            burner.Join(50);
            sampler.Drain(count);
        }

        Volatile.Write(ref done, true);
        burner.Join();
        return samples;
    }
}
