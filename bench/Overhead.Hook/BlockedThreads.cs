using System.Globalization;

namespace SelfProfiler.Bench.Overhead.Hook;

/// <summary>Threads that only wait: every tick of the runtime's sampler walks them, too.</summary>
internal static class BlockedThreads
{
    private static readonly ManualResetEventSlim _never = new();

    public static void Start(string? count)
    {
        var wanted = int.TryParse(count, CultureInfo.InvariantCulture, out var number) ? number : 0;
        for (var i = 0; i < wanted; i++)
        {
            new Thread(() => Level(10), 256 * 1024) { IsBackground = true, Name = $"blocked {i}" }.Start();
        }
    }

    // Real threads wait some frames deep.
    private static int Level(int left)
    {
        if (left > 0)
        {
            return Level(left - 1) + 1;
        }

        _never.Wait();
        return 0;
    }
}
