using System.Globalization;
using SelfProfiler.Diagnostics;
using SelfProfiler.Kernel;
using Libc = SelfProfiler.Diagnostics.Libc;

namespace SelfProfiler.RepairCost;

/// <summary>The whole engine beside busy threads: CPU time of each of its threads, per second and per kernel sample, cold caches and all.</summary>
internal static class Live
{
    public static async Task RunAsync(int threads, TimeSpan warm, TimeSpan duration)
    {
        var stop = false;
        var works = Workloads.All.Where(pair => pair.Name is "json" or "linq" or "hash").ToArray();
        for (var i = 0; i < threads; i++)
        {
            var work = works[i % works.Length].Work;
            new Thread(() =>
            {
                while (!Volatile.Read(ref stop))
                {
                    work();
                }
            })
            { IsBackground = true }.Start();
        }

        await using var profiler = ContinuousProfiler.Start(new ContinuousProfilingOptions { CpuSource = CpuSource.Auto });
        await Task.Delay(warm);
        Console.WriteLine($"CPU from: {profiler.Status.CpuSource} {profiler.Status.CpuSourceReason}");
        var (clocks, process) = (Own(), Libc.ProcessCpuNs());
        await Task.Delay(duration);
        var used = Libc.ProcessCpuNs() - process;
        var taken = used / (double)KernelSamplerSettings.DefaultPeriod;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"process: {used / duration.TotalNanoseconds:0.00} cores, about {taken:0} samples"));
        foreach (var (name, now) in Own())
        {
            var spent = now - clocks.GetValueOrDefault(name);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {spent / duration.TotalNanoseconds:0.000%} of a core, {spent / 1e3 / taken:0.0} us per sample"));
        }

        Volatile.Write(ref stop, true);
    }

    private static Dictionary<string, double> Own()
    {
        var found = new Dictionary<string, double>();
        foreach (var folder in Directory.EnumerateDirectories("/proc/self/task"))
        {
            var name = File.ReadAllText(Path.Combine(folder, "comm")).Trim();
            if (name.StartsWith("SelfProfiler", StringComparison.Ordinal) || name.Contains("EventPipe", StringComparison.Ordinal))
            {
                var ns = double.Parse(File.ReadAllText(Path.Combine(folder, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture);
                found[name] = found.GetValueOrDefault(name) + ns;
            }
        }

        return found;
    }
}
