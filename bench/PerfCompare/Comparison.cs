using System.Globalization;
using System.Text;

namespace SelfProfiler.PerfCompare;

/// <summary>The ten functions perf puts first, by self and by inclusive time, beside what the profiler says of them.</summary>
internal static class Comparison
{
    private const int Top = 10;
    private const double Bar = 3;

    public static string Of(Shares perf, Shares ours)
    {
        var text = new StringBuilder("by,function,perf_percent,profiler_percent,difference_points,within_3\n");
        Append(text, "self", perf, perf.Self, ours.Self);
        Append(text, "inclusive", perf, perf.Inclusive, ours.Inclusive);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string by, Shares perf, Func<string, double> theirs, Func<string, double> mine)
    {
        foreach (var function in perf.Functions.OrderByDescending(theirs).Take(Top))
        {
            var difference = mine(function) - theirs(function);
            text.Append(CultureInfo.InvariantCulture, $"{by},\"{function}\",{theirs(function):0.00},{mine(function):0.00},{difference:+0.00;-0.00},{(Math.Abs(difference) <= Bar ? "yes" : "NO")}\n");
        }
    }
}
