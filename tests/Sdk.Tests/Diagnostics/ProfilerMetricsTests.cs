using System.Diagnostics.Metrics;
using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class ProfilerMetricsTests
{
    [Fact]
    public void What_the_budget_takes_away_and_where_it_goes_can_be_charted()
    {
        var status = StatusReport.NotRunning([new PartStatus("waits", PartState.Limited, "")]) with
        {
            CollectedShares = [new("waits", 0.4), new("contention", 1)],
            OverheadParts = [new("labels", 0.002)],
            OverheadBudget = 0.05,
        };

        var seen = Observe(status);

        Assert.Contains("selfprofiler.kind.collected kind=waits 0.4", seen);
        Assert.Contains("selfprofiler.kind.collected kind=contention 1", seen);
        Assert.Contains("selfprofiler.overhead.part source=labels 0.002", seen);
        Assert.Contains("selfprofiler.overhead.budget 0.05", seen);
        Assert.Contains("selfprofiler.part.state part=waits 3", seen);
    }

    private static List<string> Observe(ProfilerStatus status)
    {
        var seen = new List<string>();
        using var listener = new MeterListener();
        using var metrics = new ProfilerMetrics(() => status);
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == ProfilerMetrics.MeterName)
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>(See);
        listener.SetMeasurementEventCallback<int>(See);
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;

        void See<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
            seen.Add(FormattableString.Invariant($"{instrument.Name} {(tags.IsEmpty ? "" : $"{tags[0].Key}={tags[0].Value} ")}{value}"));
    }
}
