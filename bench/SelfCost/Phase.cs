using System.Diagnostics;
using System.Globalization;
using SelfProfiler.Diagnostics;

namespace SelfProfiler.Bench.SelfCost;

/// <summary>What a process did in some seconds, and what its profiler says it took.</summary>
/// <param name="Seconds">Length.</param>
/// <param name="Done">Pieces of work.</param>
/// <param name="CpuSeconds">Of the whole process.</param>
/// <param name="IdleSeconds">Of all processors of the machine.</param>
/// <param name="Reported">Share of the processors, as the profiler reckons it.</param>
/// <param name="Detail">What that is made of.</param>
internal readonly record struct Phase(double Seconds, long Done, double CpuSeconds, double IdleSeconds, double Reported, string Detail)
{
    /// <summary>Processor time that was the process's: what it used and what nobody used.</summary>
    public double OwnSeconds => CpuSeconds + IdleSeconds;

    /// <summary>The same as a share of the processors.</summary>
    public double OwnShare => OwnSeconds / Seconds / Environment.ProcessorCount;

    public double PerSecond => Done / Seconds;

    public double CpuPerPiece => CpuSeconds / Done;

    public static Phase Measure(double seconds, Workers workers, ContinuousProfiler profiler)
    {
        // What the status shows of the last seconds, as a sum: it belongs to the pump, and a reading may miss a period of a quarter of a second.
        var total = profiler.Host.Engine!.Sources.Governor.Cost.Total;
        var before = Costs(total);
        var capacity = total.CapacityNs;
        var (done, cpu, idle, clock) = (workers.Done, Libc.ProcessCpuNs(), Idle(), Stopwatch.GetTimestamp());
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        var took = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        (done, cpu, idle) = (workers.Done - done, Libc.ProcessCpuNs() - cpu, Idle() - idle);
        var shares = Costs(total).Zip(before, (after, then) => (after - then) / (total.CapacityNs - capacity)).ToArray();
        return new Phase(took, done, cpu / 1e9, idle, shares.Sum(), Parts(shares, profiler));
    }

    public static Phase Parse(ReadOnlySpan<string> fields) => new(
        double.Parse(fields[0], CultureInfo.InvariantCulture),
        long.Parse(fields[1], CultureInfo.InvariantCulture),
        double.Parse(fields[2], CultureInfo.InvariantCulture),
        double.Parse(fields[3], CultureInfo.InvariantCulture),
        double.Parse(fields[4], CultureInfo.InvariantCulture),
        fields[5]);

    public string ToCsv() => FormattableString.Invariant($"{Seconds:0.000},{Done},{CpuSeconds:0.000},{IdleSeconds:0.00},{Reported:0.00000},{Detail}");

    /// <summary>Of a machine that goes idle without a timer this is exact; one in a hundred of a second is what it is told in.</summary>
    public static double Idle()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (long.Parse(fields[4], CultureInfo.InvariantCulture) + long.Parse(fields[5], CultureInfo.InvariantCulture)) / 100.0;
    }

    private static double[] Costs(CostReport report) => [.. Enumerable.Range(0, CostReport.Sources).Select(source => report[(CostSource)source])];

    private static string Parts(double[] shares, ContinuousProfiler profiler)
    {
        var parts = Enum.GetValues<CostSource>().Where(source => shares[(int)source] >= 0.0005).Select(source => FormattableString.Invariant($"{source} {shares[(int)source] * 100:0.00}"));
        var losses = profiler.Status.Losses.Select(loss => $"{loss.Key} {loss.Value}");
        return string.Join("; ", parts.Concat(losses));
    }
}
