using SelfProfiler.Bench.Overhead.Statistics;

namespace SelfProfiler.Bench.Overhead.Report;

/// <summary>A quantity that is compared, and what is promised of it.</summary>
/// <param name="Bar">For a variant; null: reported only.</param>
internal sealed record Column(string Name, Func<Measurement, double> Value, Func<string, Bar?> Bar)
{
    public static IReadOnlyList<Column> All { get; } =
    [
        new("CPU/request", m => m.CpuMicroseconds, variant => variant switch { "kernel" or "default" => Statistics.Bar.Max(1.01), "eventpipe" => Statistics.Bar.Max(1.02), _ => null }),
        new("CPU/request at saturation", m => m.ClosedCpuMicroseconds, _ => null),
        new("throughput", m => m.Throughput, variant => variant switch { "kernel" or "default" => Statistics.Bar.Min(0.99), "eventpipe" => Statistics.Bar.Min(0.98), _ => null }),
        new("p50", m => m.P50, _ => null),
        new("p99", m => m.P99, variant => variant is "kernel" or "default" or "eventpipe" ? Statistics.Bar.Max(1.03) : null),
        new("p99.9", m => m.P999, _ => null),
        new("allocated/request", m => m.AllocatedBytes, _ => null),
    ];

    public PairedRatio Ratio(IEnumerable<Measurement> measurements, string variant) => PairedRatio.OfValues(Ratios(measurements, variant));

    /// <summary>One for each round. Of two programs side by side each was on once: in the mean of the logarithms what else divides them cancels.</summary>
    public IEnumerable<double> Ratios(IEnumerable<Measurement> measurements, string variant) =>
        measurements.Where(m => m.Variant == variant)
            .GroupBy(m => m.Round)
            .Where(round => round.Count(m => m.On) is > 0 and var on && on == round.Count(m => !m.On) && round.All(m => Value(m) > 0))
            .Select(round => Math.Exp(round.Where(m => m.On).Average(m => Math.Log(Value(m))) - round.Where(m => !m.On).Average(m => Math.Log(Value(m)))));
}
