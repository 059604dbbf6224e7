using System.Diagnostics.Metrics;

namespace SelfProfiler.Diagnostics;

/// <summary>The meter <c>SelfProfiler</c>: observed on demand from the status, so that it costs nothing while nobody listens.</summary>
internal sealed class ProfilerMetrics : IDisposable
{
    public const string MeterName = "SelfProfiler";

    private readonly Meter _meter = new(MeterName);

    public ProfilerMetrics(Func<ProfilerStatus> status)
    {
        _meter.CreateObservableGauge("selfprofiler.enabled", () => status().Enabled ? 1 : 0, description: "1 while the profiler is switched on.");
        _meter.CreateObservableCounter("selfprofiler.samples", () => status().Samples, "{sample}", "Samples counted.");
        _meter.CreateObservableCounter("selfprofiler.losses", () => Losses(status()), "{event}", "Lost by the runtime or dropped at a limit, by reason.");
        _meter.CreateObservableGauge("selfprofiler.table.used", () => Tables(status(), table => table.Used), "{entry}", "Entries of each bounded table.");
        _meter.CreateObservableGauge("selfprofiler.table.limit", () => Tables(status(), table => table.Limit), "{entry}", "What each table may hold.");
        _meter.CreateObservableGauge("selfprofiler.overhead", () => status().OverheadShare, "1", "Share of the process's processors taken by the profiler.");
        _meter.CreateObservableGauge("selfprofiler.overhead.budget", () => status().OverheadBudget, "1", "What it may take now, a boost included.");
        _meter.CreateObservableGauge("selfprofiler.overhead.part", () => Shares(status().OverheadParts, "source"), "1", "What the overhead consists of, by source.");
        _meter.CreateObservableGauge("selfprofiler.cpu.sampled", () => status().CpuSampledShare, "1", "Share of the time in which CPU samples are taken from the kernel.");
        _meter.CreateObservableGauge("selfprofiler.kind.collected", () => Shares(status().CollectedShares, "kind"), "1", "Share of the time in which a kind is collected that the overhead budget can pause.");
        _meter.CreateObservableCounter("selfprofiler.export.profiles", () => Exports(status()), "{profile}", "By exporter and outcome: delivered, retried, rejected, dropped.");
        _meter.CreateObservableGauge("selfprofiler.export.waiting", () => Waiting(status()), "{profile}", "In memory and in the spool, by exporter.");
        _meter.CreateObservableGauge("selfprofiler.part.state", () => Parts(status()), description: "0 off, 1 starting, 2 running, 3 limited, 4 failed.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Losses(ProfilerStatus status) =>
        status.Losses.Select(loss => new Measurement<long>(loss.Value, new KeyValuePair<string, object?>("reason", loss.Key)));

    private static IEnumerable<Measurement<double>> Shares(IReadOnlyList<KeyValuePair<string, double>> shares, string attribute) =>
        shares.Select(share => new Measurement<double>(share.Value, new KeyValuePair<string, object?>(attribute, share.Key)));

    private static IEnumerable<Measurement<long>> Tables(ProfilerStatus status, Func<TableStatus, long> value) =>
        status.Tables.Select(table => new Measurement<long>(value(table), new KeyValuePair<string, object?>("table", table.Name)));

    private static IEnumerable<Measurement<long>> Exports(ProfilerStatus status)
    {
        foreach (var exporter in status.Exporters)
        {
            yield return Of(exporter.Delivered, exporter.Name, "delivered");
            yield return Of(exporter.Retried, exporter.Name, "retried");
            yield return Of(exporter.Rejected, exporter.Name, "rejected");
            yield return Of(exporter.Dropped, exporter.Name, "dropped");
        }

        static Measurement<long> Of(long count, string exporter, string outcome) =>
            new(count, new KeyValuePair<string, object?>("exporter", exporter), new KeyValuePair<string, object?>("outcome", outcome));
    }

    private static IEnumerable<Measurement<int>> Waiting(ProfilerStatus status) =>
        status.Exporters.Select(exporter => new Measurement<int>(exporter.Queued + exporter.Kept, new KeyValuePair<string, object?>("exporter", exporter.Name)));

    private static IEnumerable<Measurement<int>> Parts(ProfilerStatus status) =>
        status.Parts.Select(part => new Measurement<int>((int)part.State, new KeyValuePair<string, object?>("part", part.Name)));
}
