using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SelfProfiler.TestKit;

/// <summary>Waits for a condition instead of for a time.</summary>
public static class Eventually
{
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(10);

    /// <summary>Returns as soon as the condition holds; fails when it does not within the deadline (30 s unless told).</summary>
    public static async Task Until(
        Func<bool> condition,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            ThrowIfOver(start, deadline, what);
            await Task.Delay(_step);
        }
    }

    /// <summary>The same for a thread that must not be a pool thread.</summary>
    public static void UntilBlocking(
        Func<bool> condition,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            ThrowIfOver(start, deadline, what);
            Thread.Sleep(_step);
        }
    }

    /// <summary>Returns when what was queued on the pool before, and what that queued in turn, had its turn: a clock of the test's own must not run ahead of a loaded machine.</summary>
    public static async Task PoolHadItsTurn()
    {
        for (var hop = 0; hop < 10; hop++)
        {
            await Task.Run(static () => { });
        }

        await Task.Delay(1);
    }

    private static void ThrowIfOver(long start, TimeSpan? deadline, string? what)
    {
        var limit = deadline ?? TimeSpan.FromSeconds(30);
        if (Stopwatch.GetElapsedTime(start) > limit)
        {
            throw new TimeoutException($"Not within {limit.TotalSeconds:0.#} s: {what}");
        }
    }
}
