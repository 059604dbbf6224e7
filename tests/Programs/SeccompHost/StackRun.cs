using System.Diagnostics;
using System.Globalization;
using SelfProfiler.Decode;
using SelfProfiler.Kernel;

namespace SelfProfiler.SeccompHost;

/// <summary>Samples a <see cref="Workload"/> on a thread of its own and counts the stacks that show what must be there.</summary>
internal static class StackRun
{
    private static readonly TimeSpan Warm = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Between two rounds of the work a stub is under way now and then, without the method that is looked for: of a larger number less is left to chance.</summary>
    private const int Enough = 200;

    public static void Report(string[] scenarios)
    {
        using var listener = new MethodListener();
        foreach (var scenario in scenarios)
        {
            Report(scenario, listener);
        }
    }

    private static void Report(string scenario, MethodListener listener)
    {
        var (work, method, below) = Workload.Of(scenario);
        var map = listener.Map;
        var settings = new KernelSamplerSettings { FindMethod = map.Peek };
        using var sampler = KernelSampler.TryStart(settings, out var reason) ?? throw new InvalidOperationException(reason);
        var thread = 0;
        var stop = false;
        var worker = new Thread(() =>
        {
            Volatile.Write(ref thread, Libc.CurrentThread());
            Workload.Root(work, () => !Volatile.Read(ref stop));
        });
        worker.Start();
        worker.Join(Warm);
        if (!sampler.AttachOnPump(out reason))
        {
            throw new InvalidOperationException(reason);
        }

        var (samples, right, rooted) = (0, 0, 0);
        var names = new List<string>();
        var images = new NativeImages();
        RawSampleHandler count = (in RawSample sample) =>
        {
            if (sample.Thread != Volatile.Read(ref thread))
            {
                return;
            }

            names.Clear();
            for (var i = 0; i < sample.Addresses.Length; i++)
            {
                names.Add(map.Find(i == 0 ? sample.Addresses[i] : sample.Addresses[i] - 1)?.Name ?? "");
            }

            if (names[0] == nameof(Workload.Root))
            {
                return; // between two rounds of the work
            }

            var leaf = below is null ? -1 : names.IndexOf(below);
            samples++;
            right += names.Contains(nameof(Workload.Root)) && (below is null || leaf < 0 ? names.Exists(name => name.Length > 0) : names[leaf + 1] == method)
                && (below is not null || names.Contains(method)) ? 1 : 0;
            rooted += images.Resolve(sample.Addresses[^1] - 1, expand: false)?.Function == "libc" ? 1 : 0;
        };
        for (var start = Stopwatch.GetTimestamp(); samples < Enough && Stopwatch.GetElapsedTime(start) < Longest;)
        {
            worker.Join(50);
            listener.Apply();
            sampler.Drain(count);
        }

        Volatile.Write(ref stop, true);
        worker.Join();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario} samples={samples} right={right} rooted={rooted} {sampler.Status.Repair}"));
    }
}
