using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SelfProfiler.Serve;
using SelfProfiler.Serve.Port;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve.Port;

/// <summary>What one client can take from the others, and from the process.</summary>
public sealed class PortLimitTests
{
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData("GET /debug/pprof/cmdline HTTP/1.1\r\nX-A: ")]
    [InlineData("POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")]
    [InlineData("POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n")]
    public void A_request_that_trickles_is_cut_at_its_deadline_however_alive_it_looks(string start)
    {
        using var port = new TestPort(new PortLimits { Request = _short });
        using var client = port.Connect();
        client.Send(start);
        var begin = Stopwatch.GetTimestamp();
        while (!client.Readable(TimeSpan.FromMilliseconds(20)))
        {
            client.Send("x");
            Assert.True(Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(10));
        }

        Assert.Equal(408, client.Read()!.Status);
        Assert.True(client.Ends());
        Assert.Equal(1, port.Port.Counters.TooSlow);
    }

    [Fact]
    public void Connections_that_say_nothing_are_closed()
    {
        using var port = new TestPort(new PortLimits { Request = _short, Idle = _short });
        using var silent = port.Connect();
        using var used = port.Connect();
        Assert.Equal(200, used.Send(RawClient.Get("/debug/pprof/status")).Read()!.Status);
        Assert.Equal(408, silent.Read()!.Status);
        Assert.True(silent.Ends());
        Assert.True(used.Ends());
    }

    [Fact]
    public async Task Beyond_its_places_the_port_says_so_and_idle_connections_give_way()
    {
        using var port = new TestPort(new PortLimits { Threads = 2, Waiting = 1, GivesWayAfter = TimeSpan.FromSeconds(30) }, new ServeOptions { MaxCaptures = 8 });
        port.Engine.Hold();
        using var first = port.Connect();
        using var second = port.Connect();
        first.Send(RawClient.Get("/debug/pprof/profile"));
        second.Send(RawClient.Get("/debug/pprof/profile"));
        await Eventually.Until(() => port.Engine.Waiting == 2);
        using var third = port.Connect();
        third.Send(RawClient.Get("/debug/pprof/status"));
        await Eventually.Until(() => port.Port.Counters.Connections == 3);
        var refused = port.Get("/debug/pprof/status");
        Assert.Equal(503, refused.Status);
        Assert.Equal("close", refused.Headers["Connection"]);
        Assert.Equal(1, port.Port.Counters.Full);
        Assert.Equal(2, port.Port.Threads);

        // Those who are served while others wait do not keep their connection.
        port.Engine.Release();
        Assert.Equal(200, first.Read()!.Status);
        Assert.Equal(200, second.Read()!.Status);
        Assert.Equal(200, third.Read()!.Status);
    }

    [Fact]
    public void An_idle_connection_gives_way_when_others_wait_for_a_thread()
    {
        using var port = new TestPort(new PortLimits { Threads = 1, GivesWayAfter = TimeSpan.Zero });
        using var idle = port.Connect();
        Assert.Equal(200, idle.Send(RawClient.Get("/debug/pprof/status")).Read()!.Status);
        Assert.Equal(200, port.Get("/debug/pprof/status").Status);
        Assert.True(idle.Ends());
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_its_capture()
    {
        using var port = new TestPort();
        port.Engine.Hold();
        var closed = port.Connect();
        var reset = port.Connect();
        using var piped = port.Connect();
        closed.Send(RawClient.Get("/debug/pprof/profile"));
        reset.Send(RawClient.Get("/debug/pprof/wall"));
        piped.Send(RawClient.Get("/debug/pprof/profile") + RawClient.Get("/debug/pprof/status"));
        await Eventually.Until(() => port.Engine.Waiting == 3);
        closed.Dispose();
        reset.Reset();
        await Eventually.Until(() => port.Engine.Cancelled == 2 && port.Handler.RunningCaptures == 1);

        // More requests behind the first are not an end.
        port.Engine.Release();
        Assert.Equal(200, piped.Read()!.Status);
        Assert.Equal(200, piped.Read()!.Status);
        Assert.Equal(0, port.Port.Counters.Faults);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_and_frees_its_place()
    {
        using var port = new TestPort(
            new PortLimits { Send = _short, SlowestBytesPerSecond = 100_000_000 },
            change: profiler => profiler with
            {
                Trace = static (_, stream, _) =>
                {
                    var block = new byte[1 << 20];
                    for (var i = 0; i < 64; i++)
                    {
                        stream.Write(block);
                    }
                },
            });
        using var client = port.Connect();
        client.Send(RawClient.Get("/debug/pprof/trace"));
        await Eventually.Until(() => port.Port.Counters.TooSlow == 1);
        await Eventually.Until(() => port.Handler.RunningCaptures == 0);
        Assert.Equal(200, port.Get("/debug/pprof/status").Status);
    }

    [Fact]
    public async Task A_client_that_has_earned_hours_of_patience_gets_all_of_a_long_answer()
    {
        const int Length = 32 << 20;
        using var port = new TestPort(
            new PortLimits { SlowestBytesPerSecond = 100 },
            change: profiler => profiler with
            {
                Trace = static (_, stream, _) =>
                {
                    var block = new byte[1 << 20];
                    for (var i = 0; i < Length / block.Length; i++)
                    {
                        stream.Write(block);
                    }
                },
            });
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://127.0.0.1:{port.Port.BoundPort}/debug/pprof/trace", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(Length, (await answer.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Stopping_ends_captures_and_everything_else()
    {
        var port = new TestPort();
        port.Engine.Hold();
        using var capture = port.Connect();
        using var idle = port.Connect();
        capture.Send(RawClient.Get("/debug/pprof/profile?seconds=300"));
        Assert.Equal(200, idle.Send(RawClient.Get("/debug/pprof/status")).Read()!.Status);
        await Eventually.Until(() => port.Engine.Waiting == 1);
        var end = (IPEndPoint)new IPEndPoint(IPAddress.Loopback, port.Port.BoundPort!.Value);
        Assert.True(port.Port.Stop(TimeSpan.FromSeconds(10)));
        Assert.Equal(503, capture.Read()!.Status);
        Assert.True(idle.Ends());
        Assert.Null(port.Port.BoundPort);
        Assert.Throws<SocketException>(() => new RawClient(end));
        Assert.True(port.Port.Stop(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Stopping_keeps_its_deadline_when_an_engine_does_not_answer()
    {
        using var release = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        var port = new TestPort(change: profiler => profiler with
        {
            Collect = (_, _) =>
            {
                entered.Set();
                release.Wait();
                throw new InvalidOperationException();
            },
        });
        using var client = port.Connect();
        client.Send(RawClient.Get("/debug/pprof/profile"));
        Assert.True(entered.Wait(TimeSpan.FromSeconds(10)));
        Assert.False(port.Port.Stop(_short));
        Assert.True(client.Ends());
        release.Set();
        Eventually.UntilBlocking(() => port.Port.Threads == 0);
    }
}
