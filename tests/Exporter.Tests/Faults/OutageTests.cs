using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using SelfProfiler.Export;
using SelfProfiler.Exporter.Tests.Receivers;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Exporter.Tests.Faults;

/// <summary>Servers that are down, late, busy or wrong: what the queue does, and what the status says.</summary>
public class OutageTests
{
    private readonly FakeTimeProvider _time = LoopHarness.Now();

    [Fact]
    public async Task A_server_that_is_down_at_start_gets_the_profiles_when_it_comes()
    {
        var address = FreeAddress();
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = address }, _time);
        await using var harness = new LoopHarness(_time, exporter);
        await harness.AdvanceUntil(() => harness.Status.Retried >= 3);
        var down = harness.Status;

        await using var receiver = new PyroscopeReceiver(_time, address.ToString());
        await harness.AdvanceUntil(() => harness.Status is { Delivered: > 3, Queued: 0 });

        Assert.Contains("no connection", down.LastError);
        Assert.DoesNotContain("may have", down.LastError);
        Assert.True(down.Queued > 0);
        Assert.Null(harness.Status.LastError);
        Assert.Equal(0, harness.Status.Rejected + harness.Status.Dropped);
        AssertOnce(receiver);
    }

    [Fact]
    public async Task Ten_minutes_of_outage_cost_the_oldest_profiles_and_no_memory()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address }, _time);
        await using var harness = new LoopHarness(_time, exporter);
        await harness.AdvanceUntil(() => harness.Status.Delivered >= 2);

        var since = _time.GetUtcNow();
        receiver.Fault = Answer(503);
        await harness.AdvanceUntil(() => _time.GetUtcNow() - since > TimeSpan.FromMinutes(10));
        var during = harness.Status;
        receiver.Fault = null;
        await harness.AdvanceUntil(() => harness.Status is { Queued: 0, LastError: null });

        Assert.Equal("Pyroscope answered 503.", during.LastError);
        Assert.InRange(during.Queued, ExportLimits.QueuedProfiles - 2, ExportLimits.QueuedProfiles);
        Assert.InRange(during.Retried, 8, 40);
        Assert.InRange(during.Dropped, 1, harness.Cuts * 2);
        Assert.Empty(receiver.Refused);
        AssertOnce(receiver);
    }

    [Fact]
    public async Task Retry_after_is_honoured()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address }, _time);
        receiver.Fault = async context =>
        {
            context.Response.Headers.RetryAfter = "120";
            return await Answer(429)(context);
        };
        await using var harness = new LoopHarness(_time, exporter);
        await harness.AdvanceUntil(() => harness.Status.Retried == 1);

        var since = _time.GetUtcNow();
        receiver.Fault = null;
        await harness.AdvanceUntil(() => harness.Status.Delivered > 0);

        Assert.InRange((_time.GetUtcNow() - since).TotalSeconds, 110, 130);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Busy_servers_are_asked_again_with_growing_pauses(int status)
    {
        await using var receiver = new PyroscopeReceiver(_time) { Fault = Answer(status) };
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address }, _time);
        await using var harness = new LoopHarness(_time, exporter);
        await harness.AdvanceUntil(() => harness.Status.Retried >= 1);
        var since = _time.GetUtcNow();
        await harness.AdvanceUntil(() => harness.Status.Retried >= 6);

        // 0.75 + 1.5 + 3 + 6 + 12 seconds.
        Assert.InRange((_time.GetUtcNow() - since).TotalSeconds, 20, 40);
        Assert.Equal($"Pyroscope answered {status}.", harness.Status.LastError);
        receiver.Fault = null;
        await harness.AdvanceUntil(() => harness.Status is { Delivered: > 0, Queued: 0 });
        AssertOnce(receiver);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(413)]
    [InlineData(302)]
    public async Task What_a_server_will_never_take_is_not_sent_again(int status)
    {
        await using var receiver = new PyroscopeReceiver(_time) { Fault = Answer(status) };
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address }, _time);
        await using var harness = new LoopHarness(_time, exporter);

        await harness.AdvanceUntil(() => harness.Status.Rejected >= 4);

        Assert.Contains($"{status}", harness.Status.LastError);
        Assert.Equal(0, harness.Status.Retried);
    }

    [Fact]
    public async Task A_push_of_several_series_goes_on_where_it_failed()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        var requests = 0;
        receiver.Fault = context => ++requests == 2 ? Answer(503)(context) : Task.FromResult(false);
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address }, _time);
        var export = Samples.Shop(start: _time.GetUtcNow());

        var first = await exporter.ExportAsync(export, CancellationToken.None);
        var second = await exporter.ExportAsync(export, CancellationToken.None);

        Assert.Equal((ExportOutcome.Retry, ExportOutcome.Delivered), (first.Outcome, second.Outcome));
        Assert.Equal(3, receiver.Taken.Length);
        AssertOnce(receiver);
    }

    /// <summary>The deadline of an attempt cut the push that was being sent, and that one was lost.</summary>
    [Fact]
    public async Task A_slow_server_gets_the_rest_of_a_profile_with_the_next_attempt()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        receiver.Fault = _ =>
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            return Task.FromResult(false);
        };
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address, Timeout = TimeSpan.FromSeconds(45) }, _time);
        var export = Samples.Shop(start: _time.GetUtcNow());

        var first = await exporter.ExportAsync(export, CancellationToken.None);
        var taken = receiver.Taken.Length;
        var second = await exporter.ExportAsync(export, CancellationToken.None);

        Assert.Equal((ExportOutcome.Retry, 2, ExportOutcome.Delivered, 3), (first.Outcome, taken, second.Outcome, receiver.Taken.Length));
        Assert.Equal(75, exporter.LongestAttempt.TotalSeconds);
        AssertOnce(receiver);
    }

    /// <summary>The attempt that ended well knew nothing of the one before: such a profile counted as delivered.</summary>
    [Theory]
    [InlineData(200, 2, "Pyroscope answered 400.")]
    [InlineData(422, 1, "Pyroscope answered 422.")]
    public async Task What_was_refused_before_another_series_had_to_wait_is_counted_once(int third, int taken, string reason)
    {
        await using var receiver = new PyroscopeReceiver(_time);
        var requests = 0;
        receiver.Fault = context => ++requests switch
        {
            1 => Answer(400)(context),
            2 => Answer(503)(context),
            3 when third != 200 => Answer(third)(context),
            _ => Task.FromResult(false),
        };
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address }, _time);
        var export = Samples.Shop(start: _time.GetUtcNow());

        var first = await exporter.ExportAsync(export, CancellationToken.None);
        var second = await exporter.ExportAsync(export, CancellationToken.None);

        Assert.Equal((ExportOutcome.Retry, ExportOutcome.Rejected, reason), (first.Outcome, second.Outcome, second.Reason));
        Assert.Equal((4, taken), (receiver.Requests, receiver.Taken.Length));
    }

    [Fact]
    public async Task The_status_counts_a_profile_that_was_refused_in_part_as_rejected()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        var requests = 0;
        receiver.Fault = context => ++requests switch
        {
            1 => Answer(400)(context),
            2 => Answer(503)(context),
            _ => Task.FromResult(false),
        };
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address }, _time);
        await using var harness = new LoopHarness(_time, exporter);

        await harness.AdvanceUntil(() => receiver.Taken.Length >= 2 && harness.Status.Retried == 1);
        await harness.FlushAsync();

        var status = harness.Status;
        Assert.Equal((1L, 1L, 0L), (status.Rejected, status.Retried, status.Dropped));
        Assert.Equal((2 * harness.Cuts) - 1, status.Delivered);
        AssertOnce(receiver);
    }

    [Fact]
    public async Task A_profile_that_began_an_hour_ago_is_not_sent_to_pyroscope()
    {
        await using var receiver = new PyroscopeReceiver();
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address });

        var result = await exporter.ExportAsync(Samples.Shop(start: DateTimeOffset.UtcNow.AddMinutes(-59.5)), CancellationToken.None);

        Assert.Equal((ExportOutcome.Rejected, 0), (result.Outcome, receiver.Requests));
    }

    [Fact]
    public async Task Otlp_is_tried_again_only_when_its_specification_allows_it()
    {
        await using var receiver = new OtlpReceiver();
        using var exporter = new OtlpProfileExporter(new OtlpProfileExporterOptions { Endpoint = receiver.Address });
        foreach (var (status, outcome) in new[] { (429, ExportOutcome.Retry), (502, ExportOutcome.Retry), (503, ExportOutcome.Retry), (504, ExportOutcome.Retry), (500, ExportOutcome.Rejected), (408, ExportOutcome.Rejected), (400, ExportOutcome.Rejected) })
        {
            receiver.Fault = Answer(status);
            Assert.Equal(outcome, (await exporter.ExportAsync(Samples.Shop(), CancellationToken.None)).Outcome);
        }

        receiver.Fault = null;
        receiver.RejectsOf = 2;
        var partial = await exporter.ExportAsync(Samples.Shop(), CancellationToken.None);
        Assert.Equal((ExportOutcome.Rejected, "The OTLP receiver refused 2 profiles: no such tenant"), (partial.Outcome, partial.Reason));
    }

    internal static Func<HttpContext, Task<bool>> Answer(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.FromResult(true);
    };

    internal static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    internal static void AssertOnce(PyroscopeReceiver receiver)
    {
        Assert.Equal(receiver.Taken.Length, receiver.Taken.Select(one => one.Id).Distinct().Count());
        // The same series and time twice would be the same profile pushed twice under two ids.
        Assert.Equal(receiver.Taken.Length, receiver.Taken.Select(one => $"{one.Profile.Message.TimeNanos} {string.Join(',', one.Labels.OrderBy(label => label.Key))}").Distinct().Count());
    }
}
