using System.Diagnostics;

namespace SelfProfiler.Diagnostics;

/// <summary>The one clock of all stages: monotonic nanoseconds. On Linux they are <see cref="Stopwatch"/> ticks and what the kernel and the runtime stamp events with.</summary>
internal static class Clock
{
    public static long Now => FromTicks(Stopwatch.GetTimestamp());

    public static long FromTicks(long ticks) =>
        Stopwatch.Frequency == 1_000_000_000 ? ticks : (long)((Int128)ticks * 1_000_000_000 / Stopwatch.Frequency);
}
