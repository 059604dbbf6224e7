using System.Diagnostics;
using System.Globalization;

namespace SelfProfiler.Bench.Overhead.Hook;

/// <summary>A thread that does nothing but read the clock: where two readings lie apart, something held it up.</summary>
internal static class GapDetector
{
    private const double SmallestMs = 0.1;

    /// <returns>Gaps of 0.1 ms and more: how many, their sum, the 90th percentile and the longest, in milliseconds.</returns>
    public static string Run(TimeSpan time)
    {
        var gaps = new List<double>(100_000);
        var thread = new Thread(() => Watch(time, gaps)) { Name = "gap detector" };
        thread.Start();
        thread.Join();
        gaps.Sort();
        return string.Create(
            CultureInfo.InvariantCulture, $"{gaps.Count} {gaps.Sum():0.###} {(gaps.Count > 0 ? gaps[gaps.Count * 9 / 10] : 0):0.###} {(gaps.Count > 0 ? gaps[^1] : 0):0.###}");
    }

    /// <returns>Median time to create a thread, run it and wait for its end, in microseconds.</returns>
    public static string CreateThreads(int count)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var thread = new Thread(static () => { });
            thread.Start();
            thread.Join();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Array.Sort(times);
        return times[count / 2].ToString("0.#", CultureInfo.InvariantCulture);
    }

    private static void Watch(TimeSpan time, List<double> gaps)
    {
        var start = Stopwatch.GetTimestamp();
        for (long last = start, now; Stopwatch.GetElapsedTime(start, last) < time; last = now)
        {
            now = Stopwatch.GetTimestamp();
            var gap = Stopwatch.GetElapsedTime(last, now).TotalMilliseconds;
            if (gap >= SmallestMs && gaps.Count < gaps.Capacity)
            {
                gaps.Add(gap);
            }
        }
    }
}
