using SelfProfiler.Serve;
using SelfProfiler.Serve.Port;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve.Port;

public sealed class DiagnosticsPortTests
{
    [Fact]
    public void It_answers_one_request_after_another_on_one_connection()
    {
        using var port = new TestPort();
        using var client = port.Connect();
        for (var i = 0; i < 5; i++)
        {
            var index = client.Send(RawClient.Get("/debug/pprof/")).Read()!;
            Assert.Equal(200, index.Status);
            Assert.Equal("text/html; charset=utf-8", index.Headers["Content-Type"]);
            Assert.DoesNotContain("Connection", index.Headers.Keys);
            var profile = client.Send(RawClient.Get("/debug/pprof/profile?seconds=1")).Read()!;
            Assert.Equal("chunked", profile.Headers["Transfer-Encoding"]);
            Assert.NotEmpty(PprofChecker.Check(profile.Body).Rows);
        }

        Assert.Equal(10, port.Port.Counters.Requests);
        Assert.Equal(1, port.Port.Counters.Connections);
    }

    [Fact]
    public void Pipelined_requests_are_answered_in_their_order()
    {
        using var port = new TestPort();
        using var client = port.Connect();
        string[] targets = ["status", "profile", "cmdline", "nothing", "threads", "symbol?0x1"];
        client.Send(string.Concat(targets.Select(target => RawClient.Get("/debug/pprof/" + target))));
        int[] statuses = [.. targets.Select(_ => client.Read()!.Status)];
        Assert.Equal([200, 200, 200, 404, 200, 200], statuses);
    }

    [Fact]
    public void Head_answers_at_once_without_a_body_and_keeps_the_connection()
    {
        using var port = new TestPort();
        port.Engine.Hold();
        using var client = port.Connect();
        var head = client.Send(RawClient.Get("/debug/pprof/profile?seconds=300", method: "HEAD")).Read(head: true)!;
        Assert.Equal(200, head.Status);
        Assert.Equal("application/octet-stream", head.Headers["Content-Type"]);
        Assert.Equal(200, client.Send(RawClient.Get("/debug/pprof/cmdline")).Read()!.Status);
        Assert.DoesNotContain(port.Engine.Queries, query => query.Kind == ProfileKind.Cpu);
    }

    [Fact]
    public void Http_1_0_gets_a_whole_answer_that_ends_with_the_connection()
    {
        using var port = new TestPort();
        using var client = port.Connect();
        var profile = client.Send("GET /debug/pprof/allocs HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n").Read()!;
        Assert.Equal("close", profile.Headers["Connection"]);
        Assert.DoesNotContain("Transfer-Encoding", profile.Headers.Keys);
        Assert.NotEmpty(PprofChecker.Check(profile.Body).Rows);
        Assert.True(client.Ends());
    }

    [Fact]
    public void A_client_may_ask_for_the_connection_to_end()
    {
        using var port = new TestPort();
        using var client = port.Connect();
        Assert.Equal("close", client.Send(RawClient.Get("/debug/pprof/status", "Connection: te, Close\r\n")).Read()!.Headers["Connection"]);
        Assert.True(client.Ends());
    }

    [Fact]
    public void Root_and_missing_slash_lead_to_the_index()
    {
        using var port = new TestPort();
        Assert.Equal("debug/pprof/", port.Get("/").Headers["Location"]);
        var moved = port.Get("/debug/pprof?a=%0d%0aX:1");
        Assert.Equal(301, moved.Status);
        Assert.Equal("pprof/?a=%0d%0aX:1", moved.Headers["Location"]);
        Assert.Equal(404, port.Get("/debug/pprofx/").Status);
        Assert.Equal(404, port.Get("/metrics").Status);
    }

    [Fact]
    public void Bodies_are_read_whole_whatever_carries_them()
    {
        using var port = new TestPort(change: profiler => profiler with { Symbol = address => $"f{address}" });
        using var client = port.Connect();
        const string Post = "POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\n";
        Assert.EndsWith("0xa f10\n", client.Send(Post + "Content-Length: 3\r\n\r\n0xa").Read()!.Text, StringComparison.Ordinal);
        Assert.EndsWith("0x1f f31\n", client.Send(Post + "Transfer-Encoding: Chunked\r\n\r\n2\r\n0x\r\n02\r\n1f\r\n0\r\n\r\n").Read()!.Text, StringComparison.Ordinal);
        client.Send(Post + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal(100, client.Read()!.Status);
        Assert.EndsWith("0xb f11\n", client.Send("0xb").Read()!.Text, StringComparison.Ordinal);
        Assert.Equal(200, client.Send(RawClient.Get("/debug/pprof/cmdline", "Content-Length: 2\r\n") + "xx").Read()!.Status);
        Assert.Equal(200, client.Send(RawClient.Get("/debug/pprof/cmdline")).Read()!.Status);
    }

    /// <summary>Whoever reaches the address could have megabytes kept for each connection.</summary>
    [Fact]
    public void Nothing_is_read_of_whoever_is_turned_away()
    {
        using var port = new TestPort(options: new ServeOptions { Token = "a token of some length" });
        using var client = port.Connect();
        client.Send("POST /debug/pprof/profile HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\nExpect: 100-continue\r\n\r\n");
        var answer = client.Read()!;
        Assert.Equal(401, answer.Status); // and not: 100, go on
        Assert.Equal("close", answer.Headers["Connection"]);
    }

    /// <summary>What is sent is what makes it a request that needs more than a question does.</summary>
    [Theory]
    [InlineData("/debug/pprof/profile", 403)]
    [InlineData("/debug/pprof/off", 403)]
    [InlineData("/elsewhere", 404)]
    public void Nothing_is_read_of_what_is_refused_because_it_sends_something(string path, int status)
    {
        using var port = new TestPort();
        using var client = port.Connect();
        client.Send($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n");
        var answer = client.Read()!;
        Assert.Equal(status, answer.Status);
        Assert.Equal("close", answer.Headers["Connection"]);
    }

    [Fact]
    public void Access_rules_hold_on_the_wire()
    {
        using var port = new TestPort();
        Assert.Equal(404, port.Get("/debug/pprof/", "X-Forwarded-For: 10.0.0.7\r\n").Status);
        Assert.Equal(403, port.Get("/debug/pprof/", "Sec-Fetch-Site: cross-site\r\n").Status);
        Assert.Equal(403, port.Get("/debug/pprof/off", method: "POST").Status);
        Assert.Equal(200, port.Get("/debug/pprof/off", "X-SelfProfiler: 1\r\n", "POST").Status);
        using var rebound = port.Connect();
        Assert.Equal(404, rebound.Send("GET /debug/pprof/ HTTP/1.1\r\nHost: evil.example\r\n\r\n").Read()!.Status);
        Assert.Equal(3, port.Handler.Denied - 1);
    }

    [Fact]
    public void With_a_token_nothing_is_told_without_it()
    {
        using var port = new TestPort(options: new ServeOptions { Token = "secret" });
        var refused = port.Get("/debug/pprof/");
        Assert.Equal(401, refused.Status);
        Assert.StartsWith("Bearer", refused.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        Assert.Equal("1", refused.Headers["X-Go-Pprof"]);
        Assert.Equal(200, port.Get("/debug/pprof/", "Authorization: Bearer secret\r\n").Status);
        Assert.Equal(200, port.Get("/debug/pprof/off", "Authorization: Bearer secret\r\n", "POST").Status);
    }

    [Fact]
    public async Task A_body_that_fails_is_an_error_before_its_first_byte_and_a_reset_after()
    {
        var first = true;
        using var port = new TestPort(change: profiler => profiler with
        {
            Trace = (_, stream, _) =>
            {
                if (!first)
                {
                    stream.Write(new byte[100_000]);
                }

                first = false;
                throw PprofRefusal.Unavailable("No more sessions: try again later.");
            },
        });
        using var client = port.Connect();
        var refused = client.Send(RawClient.Get("/debug/pprof/trace")).Read()!;
        Assert.Equal(503, refused.Status);
        Assert.Equal("1", refused.Headers["X-Go-Pprof"]);
        Assert.False(refused.Headers.ContainsKey("Content-Disposition"));
        client.Send(RawClient.Get("/debug/pprof/trace"));
        Assert.Throws<EndOfStreamException>(() => client.Read());
        await Eventually.Until(() => port.Handler.RunningCaptures == 0);
    }

    [Fact]
    public async Task Its_threads_are_named_known_and_end_when_idle()
    {
        using var port = new TestPort(new PortLimits { IdleThread = TimeSpan.FromMilliseconds(200) });
        Assert.Equal(200, port.Get("/debug/pprof/status").Status);
        Assert.All(Snapshot(port), id => Assert.StartsWith("SelfProfiler po", File.ReadAllText($"/proc/self/task/{id}/comm"), StringComparison.Ordinal));
        await Eventually.Until(() => Snapshot(port).Length == 1 && port.Port.Threads == 0);
        Assert.Equal(200, port.Get("/debug/pprof/status").Status);
        Assert.True(port.Port.Stop(TimeSpan.FromSeconds(10)));
        await Eventually.Until(() => Snapshot(port).Length == 0);
        Assert.Equal(0, port.Port.Counters.Faults);
    }

    private static int[] Snapshot(TestPort port)
    {
        lock (port.Threads)
        {
            return [.. port.Threads];
        }
    }
}
