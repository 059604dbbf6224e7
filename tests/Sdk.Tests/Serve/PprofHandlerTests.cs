using System.Text;
using SelfProfiler.Serve;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve;

public sealed class PprofHandlerTests
{
    [Fact]
    public void The_whole_filter_reaches_the_engine()
    {
        var engine = new FakeEngine();
        Get(engine.Handler(), "/wall?seconds=3&trace_id=4BF92F3577B34DA6A3CE929D0E0E4736&span_id=00f067aa0ba902b7&route=%2Forders%2F%7Bid%7D"
            + "&label=tenant:a:b&label=region:eu+west&min_duration=1.5s&all_threads=true&native&ticks=1");
        var query = Assert.Single(engine.Queries);
        Assert.Equal(ProfileKind.Wall, query.Kind);
        Assert.Equal(TimeSpan.FromSeconds(3), query.Duration);
        Assert.True(query.Ticks);
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", query.Filter.TraceId);
        Assert.Equal("00f067aa0ba902b7", query.Filter.SpanId);
        Assert.Equal("/orders/{id}", query.Filter.Route);
        Assert.Equal([new("tenant", "a:b"), new("region", "eu west")], query.Filter.Labels);
        Assert.Equal(TimeSpan.FromSeconds(1.5), query.Filter.MinDuration);
        Assert.True(query.Filter.AllThreads);
        Assert.True(query.Filter.NativeFrames);
    }

    [Theory]
    [InlineData("/profile", ProfileKind.Cpu, 30)]
    [InlineData("/wall", ProfileKind.Wall, 30)]
    [InlineData("/allocs", ProfileKind.Allocations, null)]
    [InlineData("/heap", ProfileKind.Allocations, null)]
    [InlineData("/mutex", ProfileKind.Contention, null)]
    [InlineData("/block", ProfileKind.Waits, null)]
    [InlineData("/exceptions", ProfileKind.Exceptions, null)]
    [InlineData("/threads", ProfileKind.Threads, null)]
    [InlineData("/goroutine?trace_id=4bf92f3577b34da6a3ce929d0e0e4736", ProfileKind.Threads, null)]
    [InlineData("/block?route=%2Fx", ProfileKind.Waits, null)]
    [InlineData("/heap?seconds=4", ProfileKind.Allocations, 4)]
    public void Without_seconds_profiles_are_cumulative_but_for_cpu_and_wall(string target, ProfileKind kind, int? seconds)
    {
        var engine = new FakeEngine();
        Get(engine.Handler(), target);
        var query = Assert.Single(engine.Queries);
        Assert.Equal(kind, query.Kind);
        Assert.Equal(seconds is null ? null : TimeSpan.FromSeconds(seconds.Value), query.Duration);
    }

    [Fact]
    public void A_default_longer_than_the_limit_is_refused_too()
    {
        var handler = new FakeEngine().Handler(new ServeOptions { MaxCaptureDuration = TimeSpan.FromSeconds(10) });
        Assert.Equal(400, Get(handler, "/profile").Status);
        Assert.Equal(200, Get(handler, "/profile?seconds=10").Status);
    }

    [Fact]
    public void Looking_back_takes_no_time_whatever_the_limit()
    {
        var handler = new FakeEngine().Handler(
            new ServeOptions { MaxCaptureDuration = TimeSpan.FromSeconds(10) },
            profiler => profiler with { History = static (query, _) => SyntheticProfile.Shop(query.Kind).Build() });
        Assert.Equal(200, Get(handler, "/profile?from=-5m").Status);
        Assert.Equal(200, Get(handler, "/wall?trace_id=4bf92f3577b34da6a3ce929d0e0e4736").Status);
        Assert.Equal(400, Get(handler, "/profile").Status);
    }

    [Fact]
    public void The_heap_says_in_a_comment_what_it_is_not()
    {
        var checkedPprof = PprofChecker.Check(FakeEngine.Body(Get(new FakeEngine().Handler(), "/heap")));
        Assert.Contains(checkedPprof.Comments, comment => comment.Contains("still alive", StringComparison.Ordinal));
        Assert.Equal("alloc_objects/count", checkedPprof.SampleTypes[0]);
    }

    [Fact]
    public async Task More_captures_than_the_limit_are_refused_and_snapshots_are_not()
    {
        var engine = new FakeEngine();
        engine.Hold();
        var handler = engine.Handler(new ServeOptions { MaxCaptures = 2 });
        var running = Enumerable.Range(0, 2).Select(_ => Task.Run(() => Get(handler, "/profile?seconds=1"))).ToArray();
        await Eventually.Until(() => engine.Waiting == 2);
        var refused = Get(handler, "/wall?seconds=1");
        Assert.Equal(429, refused.Status);
        Assert.Contains("MaxCaptures", Encoding.UTF8.GetString(FakeEngine.Body(refused)), StringComparison.Ordinal);
        Assert.Equal(429, (await handler.HandleAsync(FakeEngine.Request("/profile"), CancellationToken.None)).Status);
        Assert.Equal(200, Get(handler, "/allocs").Status);
        Assert.Equal(200, Get(handler, "/threads").Status);

        // A trace takes its place when its body begins.
        var trace = Get(handler, "/trace?seconds=1");
        Assert.Equal(429, Assert.Throws<PprofRefusal>(() => FakeEngine.Body(trace)).Status);
        engine.Release();
        Assert.All(await Task.WhenAll(running), response => Assert.Equal(200, response.Status));
        Assert.Equal(0, handler.RunningCaptures);
        Assert.Equal("Nettrace", Encoding.UTF8.GetString(FakeEngine.Body(trace)));
        Assert.Equal(3, handler.Refused);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_its_capture()
    {
        var engine = new FakeEngine();
        engine.Hold();
        var handler = engine.Handler();
        using var client = new CancellationTokenSource();
        var running = handler.HandleAsync(FakeEngine.Request("/profile"), client.Token);
        await Eventually.Until(() => engine.Waiting == 1);
        await client.CancelAsync();
        Assert.Equal(503, (await running).Status);
        Assert.Equal(1, engine.Cancelled);
        Assert.Equal(0, handler.RunningCaptures);
        Assert.Equal(0, handler.Failures);
    }

    [Fact]
    public void The_switch_turns_captures_off_and_on_again()
    {
        var engine = new FakeEngine();
        var handler = engine.Handler();
        Assert.Equal(403, handler.Handle(FakeEngine.Request("/off", "POST"), CancellationToken.None).Status);
        Assert.True(engine.Enabled);
        Assert.Equal(200, handler.Handle(FakeEngine.Request("/off", "POST", (AccessFacts.CustomHeader, "1")), CancellationToken.None).Status);
        Assert.False(engine.Enabled);
        foreach (var target in (string[])["/profile", "/allocs", "/threads", "/trace"])
        {
            var refused = Get(handler, target);
            Assert.Equal(503, refused.Status);
            Assert.Contains("switched off", Encoding.UTF8.GetString(FakeEngine.Body(refused)), StringComparison.Ordinal);
        }

        Assert.Contains("switched off", Encoding.UTF8.GetString(FakeEngine.Body(Get(handler, "/"))), StringComparison.Ordinal);
        Assert.Equal(200, handler.Handle(FakeEngine.Request("/on", "POST", (AccessFacts.CustomHeader, "1")), CancellationToken.None).Status);
        Assert.Equal(200, Get(handler, "/profile").Status);
    }

    [Fact]
    public void An_error_of_ours_is_counted_logged_once_and_tells_nothing()
    {
        var engine = new FakeEngine();
        var handler = engine.Handler(change: profiler => profiler with
        {
            Collect = (_, _) => throw new InvalidOperationException("secret"),
            Status = () => throw new InvalidOperationException("secret"),
        });
        foreach (var target in (string[])["/profile", "/", "/status"])
        {
            var response = Get(handler, target);
            Assert.Equal(500, response.Status);
            Assert.Equal("1", response.Header("X-Go-Pprof"));
            Assert.DoesNotContain("secret", Encoding.UTF8.GetString(FakeEngine.Body(response)), StringComparison.Ordinal);
        }

        Assert.Equal(3, handler.Failures);
        Assert.Contains("secret", Assert.Single(engine.Told), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_engine_cannot_do_it_says_itself()
    {
        var handler = new FakeEngine().Handler(change: profiler => profiler with
        {
            Collect = (_, _) => throw PprofRefusal.Unavailable("Contention is not collected: set ContinuousProfiling:Contention to true."),
        });
        var response = Get(handler, "/mutex");
        Assert.Equal(503, response.Status);
        Assert.Contains("Contention to true", Encoding.UTF8.GetString(FakeEngine.Body(response)), StringComparison.Ordinal);
        Assert.Equal(0, handler.Failures);
    }

    [Fact]
    public void History_is_asked_when_it_exists()
    {
        var asked = new List<ProfileQuery>();
        var engine = new FakeEngine();
        var handler = engine.Handler(change: profiler => profiler with
        {
            History = (query, _) =>
            {
                asked.Add(query);
                return SyntheticProfile.Shop(query.Kind).Build();
            },
            Svg = (_, stream) => stream.Write("<svg/>"u8),
            Pages = (request, _) => request.Path == "/ui" ? PprofResponse.OfText("ui " + request.Query) : null,
        });
        Assert.Equal(200, Get(handler, "/profile?from=2025-12-31T23:00:00Z&to=-5m&base_from=1767218400&base_to=1767218460000").Status);
        Assert.Equal(200, Get(handler, "/allocs?trace_id=4bf92f3577b34da6a3ce929d0e0e4736").Status);
        Assert.Empty(engine.Queries);
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(now.AddHours(-1), asked[0].From);
        Assert.Equal(now.AddMinutes(-5), asked[0].To);
        Assert.Equal(now.AddHours(-2), asked[1].From);
        Assert.Equal(now.AddHours(-2).AddMinutes(1), asked[1].To);
        Assert.Null(asked[2].From);
        Assert.Equal(200, Get(handler, "/profile?seconds=1&trace_id=4bf92f3577b34da6a3ce929d0e0e4736").Status);
        Assert.Equal(200, Get(handler, "/goroutine?trace_id=4bf92f3577b34da6a3ce929d0e0e4736").Status);
        Assert.Equal(200, Get(handler, "/profile?min_duration=500ms").Status);
        Assert.Equal(3, engine.Queries.Count);
        Assert.Equal(200, Get(handler, "/mutex?min_duration=500ms").Status);
        Assert.Equal(200, Get(handler, "/profile?trace_id=4bf92f3577b34da6a3ce929d0e0e4736").Status);
        Assert.Equal(5, asked.Count);
        var svg = Get(handler, "/profile?seconds=1&format=svg");
        Assert.Equal("image/svg+xml", svg.Header("Content-Type"));
        Assert.Contains("default-src 'none'", svg.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal("ui x=1", Encoding.UTF8.GetString(FakeEngine.Body(Get(handler, "/ui?x=1"))));
        Assert.Equal(404, Get(handler, "/other").Status);
    }

    private static PprofResponse Get(PprofHandler handler, string target) => handler.Handle(FakeEngine.Request(target), CancellationToken.None);
}
