using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve.Port;

/// <summary>Everything about which two readers of HTTP could disagree is refused, and the connection with it.</summary>
public sealed class HttpStrictnessTests
{
    private const string Get = "GET /debug/pprof/cmdline HTTP/1.1\r\n";
    private const string Host = "Host: localhost\r\n";
    private const string Post = "POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\n";

    public static TheoryData<string, int> Refused => new()
    {
        { Get + Host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
        { Get + Host + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", 400 },
        { Get + Host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400 },
        { Get + Host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400 },
        { Get + Host + "Content-Length: 3, 3\r\n\r\n", 400 },
        { Get + Host + "Content-Length: +3\r\n\r\n", 400 },
        { Get + Host + "Content-Length: -1\r\n\r\n", 400 },
        { Get + Host + "Content-Length: 0x3\r\n\r\n", 400 },
        { Get + Host + "Content-Length: \r\n\r\n", 400 },
        { Get + Host + "Content-Length: 99999999999999999999\r\n\r\n", 400 },
        { Get + Host + "Content-Length: 99999999\r\n\r\n", 413 },
        { Get + Host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
        { Get + Host + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400 },
        { Get + Host + "Transfer-Encoding: identity\r\n\r\n", 400 },
        { Get + Host + "Transfer-Encoding: \u000bchunked\r\n\r\n", 400 },
        { Get + Host + "Transfer-Encoding : chunked\r\n\r\n", 400 },
        { "GET /debug/pprof/cmdline HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
        { Get + Host + "Content-Length : 3\r\n\r\n", 400 },
        { Get + Host + " folded: yes\r\n\r\n", 400 },
        { Get + Host + "X-A: b\r\n\tcontinued\r\n\r\n", 400 },
        { Get + Host + "X-A: b\n\r\n", 400 },
        { Get + Host + "\n", 400 },
        { Get + Host + "X-A: b\rX-B: c\r\n\r\n", 400 },
        { Get + Host + "X-A: b\0c\r\n\r\n", 400 },
        { Get + Host + "X A: b\r\n\r\n", 400 },
        { Get + Host + ": b\r\n\r\n", 400 },
        { Get + Host + "no colon\r\n\r\n", 400 },
        { Get + Host + "X\u00e4: b\r\n\r\n", 400 },
        { Get + "\r\n", 400 },
        { Get + Host + Host + "\r\n", 400 },
        { Get + Host + "Expect: tea\r\n\r\n", 417 },
        { "\r\n" + Get + Host + "\r\n", 400 },
        { "GET http://localhost/debug/pprof/cmdline HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET debug/pprof HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET /debug/pprof/%63mdline HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET /debug%2fpprof/cmdline HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET /debug\\pprof HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET /debug/pprof/cmdline#x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET /debug/pprof/\u00e4 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET /debug/pprof/\0 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET  /debug/pprof/cmdline HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET\t/debug/pprof/cmdline\tHTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET /debug/pprof/cmdline HTTP/1.1 \r\nHost: localhost\r\n\r\n", 400 },
        { "GET /debug/pprof/cmdline\r\n\r\n", 400 },
        { "GET /debug/pprof/cmdline http/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "GET /debug/pprof/cmdline HTTP/2.0\r\nHost: localhost\r\n\r\n", 505 },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
        { "G\u00cbT / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "get /debug/pprof/cmdline HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "AVERYLONGMETHODNAME / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "\u0016\u0003\u0001\u0002\0\u0001\0", 400 },
        { Post + "Transfer-Encoding: chunked\r\n\r\n3;x=1\r\n0xa\r\n0\r\n\r\n", 400 },
        { Post + "Transfer-Encoding: chunked\r\n\r\n 3\r\n0xa\r\n0\r\n\r\n", 400 },
        { Post + "Transfer-Encoding: chunked\r\n\r\n0x3\r\n0xa\r\n0\r\n\r\n", 400 },
        { Post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n0xa\r\n0\r\n\r\n", 400 },
        { Post + "Transfer-Encoding: chunked\r\n\r\n3\n0xa\r\n0\r\n\r\n", 400 },
        { Post + "Transfer-Encoding: chunked\r\n\r\n3\r\n0xabc\r\n0\r\n\r\n", 400 },
        { Post + "Transfer-Encoding: chunked\r\n\r\n3\r\n0xa\r\n0\r\nTrailer: x\r\n\r\n", 400 },
        { Post + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", 400 },
        { Post + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n", 413 },
        { Post + "Transfer-Encoding: chunked\r\n\r\n000000000003\r\n0xa\r\n0\r\n\r\n", 400 },
        { "GET /" + new string('a', 9_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 431 },
        { Get + Host + "X-A: " + new string('a', 20_000) + "\r\n\r\n", 431 },
        { Get + Host + string.Concat(Enumerable.Repeat("X-A: b\r\n", 100)) + "\r\n", 431 },
        { Get + Host + new string('x', 40_000), 431 },
    };

    [Theory, MemberData(nameof(Refused))]
    public void Malformed_requests_are_refused_and_end_the_connection(string request, int status)
    {
        // What follows would be the smuggled request: it must never be answered.
        using var port = new TestPort();
        using var client = port.Connect();
        var response = client.Send(request + RawClient.Get("/debug/pprof/status")).Read()!;
        Assert.Equal(status, response.Status);
        Assert.Equal("close", response.Headers["Connection"]);
        Assert.Equal("1", response.Headers["X-Go-Pprof"]);
        Assert.True(client.Ends());
        Assert.Equal(1, port.Port.Counters.Malformed);
        Assert.Equal(0, port.Port.Counters.Faults);
    }

    [Fact]
    public void A_head_cut_anywhere_ends_without_an_answer_or_a_fault()
    {
        using var port = new TestPort();
        var request = Post + "Transfer-Encoding: chunked\r\n\r\n3\r\n0xa\r\n0\r\n\r\n";
        for (var length = 0; length < request.Length; length++)
        {
            using var client = port.Connect();
            client.Send(request[..length]).Finish();
            Assert.True(client.Ends());
        }

        Assert.Equal(0, port.Port.Counters.Requests);
        Assert.Equal(0, port.Port.Counters.Faults);
    }

    [Fact]
    public void Bytes_that_come_one_by_one_make_the_same_request()
    {
        using var port = new TestPort();
        using var client = port.Connect();
        foreach (var c in Get + Host + "\r\n")
        {
            client.Send(c.ToString());
        }

        Assert.Equal(200, client.Read()!.Status);
    }
}
