using System.Runtime.InteropServices;

namespace SelfProfiler.Bench.Overhead.Report;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30;
        return FormattableString.Invariant(
            $"{model}, {Environment.ProcessorCount} processors, {memory} GB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, perf_event_paranoid {Paranoid()}, {DateTime.UtcNow:yyyy-MM-dd}.");
    }

    private static string Paranoid()
    {
        const string File = "/proc/sys/kernel/perf_event_paranoid";
        return System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File).Trim() : "absent";
    }
}
