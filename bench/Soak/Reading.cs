using System.Globalization;

namespace SelfProfiler.Bench.Soak;

/// <summary>One look at a process, after a full collection in it.</summary>
/// <param name="HeapMb">What the collector holds, free room in it included.</param>
/// <param name="LiveMb">What objects take of that.</param>
/// <param name="Sessions">Sessions of the runtime that have begun in it.</param>
/// <param name="Contexts">Load contexts that were unloaded and are not gone: the profiler must not keep them.</param>
internal sealed record Reading(double Seconds, int Sessions, double RssAnonMb, double HeapMb, double LiveMb, double CpuSeconds, int Contexts, string Detail)
{
    public const string Header = "rss_anon_mb,managed_mb,live_mb,native_rest_mb,cpu_s,sessions,load_contexts,detail";

    /// <summary>What is neither the managed heap's nor a file's.</summary>
    public double NativeMb => RssAnonMb - HeapMb;

    public string ToCsv() => FormattableString.Invariant($"{RssAnonMb:0.00},{HeapMb:0.00},{LiveMb:0.000},{NativeMb:0.00},{CpuSeconds:0.0},{Sessions},{Contexts},\"{Detail}\"");

    /// <param name="line">What a child prints.</param>
    public static Reading Parse(double seconds, int sessions, string line)
    {
        var parts = line.Split(';', 6);
        return new Reading(seconds, sessions, Number(parts[0]), Number(parts[1]), Number(parts[2]), Number(parts[3]), int.Parse(parts[4], CultureInfo.InvariantCulture), parts[5]);

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }
}

/// <summary>Straight lines through readings.</summary>
internal static class Slope
{
    /// <summary>Theil–Sen: the median of the slopes of all pairs; single jumps do not move it.</summary>
    public static double PerHour(IEnumerable<Reading> readings)
    {
        var list = readings.ToList();
        var slopes = new List<double>();
        for (int i = 0; i < list.Count; i++)
        {
            for (int j = i + 1; j < list.Count; j++)
            {
                slopes.Add((list[j].RssAnonMb - list[i].RssAnonMb) / (list[j].Seconds - list[i].Seconds) * 3_600);
            }
        }

        slopes.Sort();
        return slopes.Count == 0 ? 0 : slopes[slopes.Count / 2];
    }

    public static double Median(IEnumerable<Reading> readings)
    {
        var sorted = readings.Select(reading => reading.RssAnonMb).Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
    }
}
