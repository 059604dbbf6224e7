using System.Globalization;

namespace SelfProfiler.Session;

/// <summary>How ticks are collected for now.</summary>
internal enum TickMode
{
    /// <summary>Nothing is allowed.</summary>
    Off,

    /// <summary>Short windows with pauses.</summary>
    Windows,

    /// <summary>The runtime ticks rarely enough to leave it on.</summary>
    Always,
}

/// <summary>What to do next.</summary>
/// <param name="Mode">How ticks are collected.</param>
/// <param name="Length">Length of the next window (ns).</param>
/// <param name="Pause">Pause before it (ns), jitter included.</param>
internal readonly record struct TickPlan(TickMode Mode, long Length, long Pause);

/// <summary>Decides about windows of ticks: many short ones within the allowed rate and the number of starts that is harmless. No clock, no I/O.</summary>
internal static class TickSchedule
{
    /// <summary>More ticks a second would cost more than they tell.</summary>
    public const double MaxRate = 99;

    /// <summary>Memory would bear five times as many; each start and stop takes about a millisecond of CPU: see docs/decisions/0002.</summary>
    public const int MaxWindowsPerHour = 7_200;

    /// <summary>A window of fewer ticks costs more for its start than for its ticks.</summary>
    public const int MinTicksPerWindow = 10;

    /// <summary>Until something was measured: what the runtime does without any setting.</summary>
    public const long AssumedInterval = 1_000_000;

    private const long Second = 1_000_000_000;
    private const long ShortestAlwaysOnInterval = 10_000_000;
    private const long ShortestPause = 3_600 * Second / MaxWindowsPerHour;
    private const double LowestRate = 0.01;

    /// <summary>The runtime's setting: milliseconds, as a hexadecimal number.</summary>
    public static long ParseInterval(string? setting) =>
        uint.TryParse(setting, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint milliseconds) && milliseconds > 0
            ? milliseconds * 1_000_000L
            : AssumedInterval;

    /// <param name="allowedRate">Ticks per second that the budget allows.</param>
    /// <param name="interval">Measured time between two ticks (ns).</param>
    /// <param name="random">From 0 to 1: pauses vary from half to one and a half, against falling in step with the application.</param>
    public static TickPlan Next(double allowedRate, long interval, double random)
    {
        double rate = Math.Min(allowedRate, MaxRate);
        if (!(rate >= LowestRate))
        {
            return new TickPlan(TickMode.Off, 0, Second);
        }

        // A little slack: an interval of 10 ms gives 100 ticks a second, one more than the ceiling.
        if (interval >= ShortestAlwaysOnInterval && allowedRate * 1.05 >= (double)Second / interval)
        {
            return new TickPlan(TickMode.Always, 0, 0);
        }

        double period = Math.Max(ShortestPause, MinTicksPerWindow * Second / rate);
        long length = (long)(rate * period / Second * interval);
        long pause = (long)(Math.Max(0, period - length) * (0.5 + random));
        return new TickPlan(TickMode.Windows, length, pause);
    }
}
