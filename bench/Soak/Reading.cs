using System.Globalization;

namespace SelfProfiler.Bench.Soak;

/// <summary>One look at a process, after a full collection in it.</summary>
internal sealed record Reading(double Seconds, double RssAnonMb, double HeapMb, double CpuSeconds, string Detail)
{
    public const string Header = "rss_anon_mb,managed_mb,native_rest_mb,cpu_s,detail";

    /// <summary>What is neither the managed heap's nor a file's.</summary>
    public double NativeMb => RssAnonMb - HeapMb;

    public string ToCsv() => FormattableString.Invariant($"{RssAnonMb:0.00},{HeapMb:0.00},{NativeMb:0.00},{CpuSeconds:0.0},\"{Detail}\"");

    /// <summary>The line a child prints.</summary>
    public static Reading Parse(double seconds, string line)
    {
        var parts = line.Split(';', 4);
        return new Reading(seconds, Number(parts[0]), Number(parts[1]), Number(parts[2]), parts[3]);

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
