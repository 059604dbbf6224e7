using System.Globalization;

namespace SelfProfiler.Bench.Soak;

/// <summary>The process under test: restless work at a fixed rate, readings on request.</summary>
internal static class Child
{
    public static async Task<int> RunAsync(bool profiled)
    {
        await using var shop = new Shop(profiled, RestlessWork.AnswerAsync);
        await shop.StartAsync();
        using var stop = new CancellationTokenSource();
        var work = Task.Run(() => RestlessWork.RunAsync(shop, stop.Token));
        while (Console.ReadLine() is not null)
        {
            if (work.IsFaulted)
            {
                await work; // a process that does nothing would be flat, too
            }

            // Aggressive: empty regions are given back now and not some ninety collections later, a matter of two megabytes that come and go.
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            double live = GC.GetTotalMemory(false) / 1048576.0;
            Console.WriteLine(FormattableString.Invariant(
                $"{RssAnonMb():0.000};{GC.GetGCMemoryInfo().TotalCommittedBytes / 1048576.0:0.000};{live:0.000};{Environment.CpuUsage.TotalTime.TotalSeconds:0.00};{Plugins.ContextsAlive()};{Detail(shop.Profiler)}"));
        }

        await stop.CancelAsync();
        await work;
        return 0;
    }

    private static double RssAnonMb()
    {
        var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("RssAnon:", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(8).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) / 1_024;
    }

    private static string Detail(ContinuousProfiler? profiler)
    {
        if (profiler?.Status is not { } status)
        {
            return "";
        }

        var tables = status.Tables.Select(table => FormattableString.Invariant($"{table.Name} {table.Used}"));
        var losses = status.Losses.Select(loss => FormattableString.Invariant($"{loss.Key} {loss.Value}"));
        return FormattableString.Invariant($"samples {status.Samples}, {status.CpuSource}, overhead {status.OverheadShare:P2}, ") + string.Join(", ", tables.Concat(losses));
    }
}
