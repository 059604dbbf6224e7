using SelfProfiler.Aggregate;
using SelfProfiler.Hosting;
using SelfProfiler.Labels;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

[Collection(Quiet.Name)]
public sealed class ExportIntervalTests
{
    [Fact]
    public void A_window_ends_although_the_pump_takes_no_order_to_cut_it()
    {
        var options = new ContinuousProfilingOptions { HistoryMegabytes = 0 };
        using var engine = new ProfilerEngine(new EngineSettings(options), new LabelEngine(options.Labels), _ => { });
        var interval = new ExportInterval(() => throw new InvalidOperationException());
        interval.Open(engine);
        var first = interval.Current!;
        while (!engine.Peek(first).Done.IsCanceled)
        {
            // Until the queue of a pump that does not run yet is full.
        }

        Assert.Equal(CaptureTicket.Busy, engine.Peek(first).Refusal);
        Assert.Throws<TimeoutException>(() => interval.Cut());
        engine.Start(enabled: false);

        Eventually.UntilBlocking(() => first.Done.IsCompletedSuccessfully, TimeSpan.FromSeconds(10));
    }
}
