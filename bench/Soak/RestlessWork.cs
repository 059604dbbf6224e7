using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SelfProfiler.Bench.Soak;

/// <summary>What grows a profiler's tables, a hundred turns a second: new routes, traces, label values, threads, dynamic methods, collectible assemblies and load contexts, exceptions, locks.</summary>
internal static class RestlessWork
{
    private static readonly Lock _lock = new();
    private static int _number;

    public static async Task RunAsync(Shop shop, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (long turn = 0; !stop.IsCancellationRequested; turn++)
        {
            await shop.SendAsync(turn);
            if (turn % 5 == 0)
            {
                new Thread(static () => Contend()) { IsBackground = true }.Start();
            }

            if (turn % 20 == 0)
            {
                Plugins.RunMethod(turn);
            }

            if (turn % 500 == 0)
            {
                Plugins.RunCollectibleAssembly(turn);
            }

            if (turn % 500 == 250)
            {
                Plugins.RunLoadContext(turn);
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>What a request does.</summary>
    public static async Task AnswerAsync(long turn)
    {
        using var label = ProfilingLabels.Begin("tenant", "tenant-" + turn);
        Compute();
        await Task.Yield();
        using var inner = new Activity("inner").Start();
        await Task.Yield();
        _ = new byte[20_000];
        if (turn % 10 == 0)
        {
            try
            {
                throw new InvalidOperationException("number " + turn);
            }
            catch (InvalidOperationException)
            {
                Contend();
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Compute()
    {
        for (int i = 0; i < 20_000; i++)
        {
            _number = unchecked((_number * 31) + i);
        }
    }

    private static void Contend()
    {
        lock (_lock)
        {
            Thread.Sleep(1);
        }
    }
}
