using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SelfProfiler.Bench.Overhead.Load;

/// <summary>Sleeps to within some tens of microseconds; the framework's own sleep rounds to milliseconds.</summary>
internal static partial class Nap
{
    public static void Until(long timestamp)
    {
        var left = timestamp - Stopwatch.GetTimestamp();
        if (left > 0)
        {
            var nanoseconds = (long)(left * (1e9 / Stopwatch.Frequency));
            var time = new TimeSpec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
            _ = NanoSleep(in time, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec time, nint left);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
