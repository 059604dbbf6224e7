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
        _meter.CreateObservableGauge("selfprofiler.overhead", () => status().OverheadShare, "1", "Share of the process's processors taken by the profiler.");
        _meter.CreateObservableGauge("selfprofiler.overhead.budget", () => status().OverheadBudget, "1", "What it may take.");
        _meter.CreateObservableGauge("selfprofiler.part.state", () => Parts(status()), description: "0 off, 1 starting, 2 running, 3 limited, 4 failed.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Losses(ProfilerStatus status) =>
        status.Losses.Select(loss => new Measurement<long>(loss.Value, new KeyValuePair<string, object?>("reason", loss.Key)));

    private static IEnumerable<Measurement<int>> Parts(ProfilerStatus status) =>
        status.Parts.Select(part => new Measurement<int>((int)part.State, new KeyValuePair<string, object?>("part", part.Name)));
}
