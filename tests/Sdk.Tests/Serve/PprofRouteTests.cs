using System.Text;
using SelfProfiler.Serve;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve;

/// <summary>One table of path, parameters, status and headers.</summary>
public sealed class PprofRouteTests
{
    private const string Binary = PprofResponse.Binary;
    private const string Text = PprofResponse.Text;
    private const string Html = "text/html; charset=utf-8";
    private const string Json = "application/json";

    // Path and query, status, content type, file name ("" for none), beginning of the body.
    public static TheoryData<string, int, string, string, string> Answers => new()
    {
        { "/", 200, Html, "", "<!DOCTYPE html>" },
        { "/?debug=1", 200, Html, "", "<!DOCTYPE html>" },
        { "/profile", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=5", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=5&debug=1", 200, Text, "", "" },
        { "/wall?seconds=2&all_threads=1&ticks&native=true", 200, Binary, "wall", "\u001f" },
        { "/allocs", 200, Binary, "allocs", "\u001f" },
        { "/allocs?seconds=1", 200, Binary, "allocs-delta", "\u001f" },
        { "/allocs?debug=1", 200, Text, "", "heap profile: " },
        { "/heap?gc=1", 200, Binary, "heap", "\u001f" },
        { "/heap?debug=1", 200, Text, "", "heap profile: " },
        { "/mutex", 200, Binary, "mutex", "\u001f" },
        { "/mutex?debug=1", 200, Text, "", "--- mutex:" },
        { "/block?seconds=3", 200, Binary, "block-delta", "\u001f" },
        { "/block?debug=1", 200, Text, "", "--- contention:" },
        { "/exceptions", 200, Binary, "exceptions", "\u001f" },
        { "/threads", 200, Binary, "threads", "\u001f" },
        { "/threads?debug=1", 200, Text, "", "threads profile: total " },
        { "/threads?debug=2", 200, Text, "", "thread 1 [" },
        { "/goroutine", 200, Binary, "goroutine", "\u001f" },
        { "/goroutine?debug=1", 200, Text, "", "goroutine profile: total " },
        { "/goroutine?debug=2", 200, Text, "", "goroutine 1 [" },
        { "/profile?seconds=1&format=pprof", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=1&format=folded", 200, Text, "profile.folded", "" },
        { "/allocs?format=folded", 200, Text, "allocs.folded", "" },
        { "/mutex?seconds=1&format=speedscope", 200, Json, "mutex-delta.speedscope.json", "{" },
        { "/trace", 200, Binary, "trace", "Nettrace" },
        { "/trace?seconds=0.5", 200, Binary, "trace", "Nettrace" },
        { "/cmdline", 200, Text, "", "" },
        { "/symbol?0x1+0x2", 200, Text, "", "num_symbols: 1\n" },
        { "/status", 200, Text, "", "cpu source: kernel\n" },
        { "/profile?unknown=%zz&seconds=1", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=7&seconds=abc", 200, Binary, "profile", "\u001f" },
    };

    // Path and query, status, a part of the sentence.
    public static TheoryData<string, int, string> Refusals => new()
    {
        { "/nothing", 404, "Unknown profile" },
        { "/Profile", 404, "Unknown profile" },
        { "/profile/", 404, "Unknown profile" },
        { "/../cmdline", 404, "Unknown profile" },
        { "/threadcreate", 404, "threads" },
        { "/ui", 501, "go tool pprof" },
        { "/profile?seconds=0", 400, "positive integer" },
        { "/profile?seconds=-1", 400, "positive integer" },
        { "/profile?seconds=abc", 400, "positive integer" },
        { "/profile?seconds=1.5", 400, "positive integer" },
        { "/profile?seconds=99999999999", 400, "positive integer" },
        { "/profile?seconds=301", 400, "at most 300" },
        { "/trace?seconds=301", 400, "at most 300" },
        { "/trace?seconds=NaN", 400, "positive number" },
        { "/trace?seconds=0", 400, "positive number" },
        { "/allocs?seconds=x", 400, "positive integer" },
        { "/allocs?seconds=1&debug=1", 400, "seconds and debug params are incompatible" },
        { "/threads?seconds=1", 400, "not supported for this profile type" },
        { "/goroutine?seconds=1", 400, "not supported for this profile type" },
        { "/profile?debug=x", 400, "debug" },
        { "/heap?gc=yes", 400, "gc" },
        { "/profile?format=xml", 400, "format" },
        { "/profile?format=folded&debug=1", 400, "debug" },
        { "/profile?format=svg", 501, "svg" },
        { "/profile?format=html", 501, "html" },
        { "/profile?trace_id=xyz", 400, "32 hexadecimal" },
        { "/profile?trace_id=00000000000000000000000000000000", 400, "32 hexadecimal" },
        { "/profile?span_id=4bf92f3577b34da6a3ce929d0e0e4736", 400, "16 hexadecimal" },
        { "/profile?min_duration=5", 400, "500ms" },
        { "/profile?min_duration=-5s", 400, "500ms" },
        { "/profile?label=tenant", 400, "colon" },
        { "/profile?label=:x", 400, "colon" },
        { "/profile?all_threads=maybe", 400, "all_threads" },
        { "/profile?route=%zz", 400, "percent-encoded" },
        { "/profile?route=%00", 400, "percent-encoded" },
        { "/profile?route=%ff", 400, "percent-encoded" },
        { "/profile?from=yesterday", 400, "moment" },
        { "/profile?to=now", 400, "from" },
        { "/profile?from=-1m&seconds=3", 400, "seconds" },
        { "/profile?from=now", 400, "before" },
        { "/profile?base_from=-5m", 400, "from" },
        { "/profile?from=-1m", 501, "seconds" },
        { "/profile?from=-5m&to=-1m&base_from=-10m&base_to=-5m", 501, "seconds" },
        { "/allocs?trace_id=4bf92f3577b34da6a3ce929d0e0e4736", 400, "seconds" },
        { "/mutex?min_duration=1s", 400, "seconds" },
    };

    [Theory, MemberData(nameof(Answers))]
    public void Every_route_answers_as_documented(string target, int status, string contentType, string file, string start)
    {
        var response = new FakeEngine().Handler().Handle(FakeEngine.Request(target), CancellationToken.None);
        var body = FakeEngine.Body(response);
        Assert.Equal(status, response.Status);
        Assert.Equal(contentType, response.Header("Content-Type"));
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        Assert.Equal("no-store", response.Header("Cache-Control"));
        Assert.Equal(file.Length == 0 ? null : $"attachment; filename=\"{file}\"", response.Header("Content-Disposition"));
        Assert.Null(response.Header("X-Go-Pprof"));
        Assert.Null(response.Header("Content-Encoding"));
        Assert.NotEmpty(body);
        Assert.StartsWith(start, Encoding.Latin1.GetString(body), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Answers))]
    public void Head_has_the_headers_at_once_and_collects_nothing(string target, int status, string contentType, string file, string start)
    {
        _ = start;
        var engine = new FakeEngine();
        engine.Hold();
        var response = engine.Handler().Handle(FakeEngine.Request(target, "HEAD"), CancellationToken.None);
        Assert.Equal(status, response.Status);
        Assert.Equal(contentType, response.Header("Content-Type"));
        Assert.Equal(file.Length == 0 ? null : $"attachment; filename=\"{file}\"", response.Header("Content-Disposition"));
        Assert.Empty(FakeEngine.Body(response));
        Assert.Empty(engine.Queries);
    }

    [Theory, MemberData(nameof(Refusals))]
    public void Every_refusal_is_one_sentence_that_go_prints(string target, int status, string part)
    {
        foreach (var method in (string[])["GET", "HEAD"])
        {
            var engine = new FakeEngine();
            var response = engine.Handler().Handle(FakeEngine.Request(target, method), CancellationToken.None);
            Assert.Equal(status, response.Status);
            Assert.Equal(Text, response.Header("Content-Type"));
            Assert.Equal("1", response.Header("X-Go-Pprof"));
            Assert.Null(response.Header("Content-Disposition"));
            Assert.Empty(engine.Queries);
            if (method == "GET")
            {
                var sentence = Encoding.UTF8.GetString(FakeEngine.Body(response));
                Assert.Contains(part, sentence, StringComparison.Ordinal);
                Assert.Single(sentence.TrimEnd('\n').Split('\n'));
            }
        }
    }

    [Theory]
    [InlineData("/profile", "POST", "GET, HEAD")]
    [InlineData("/", "DELETE", "GET, HEAD")]
    [InlineData("/symbol", "PUT", "GET, HEAD, POST")]
    [InlineData("/off", "GET", "POST")]
    [InlineData("/on", "HEAD", "POST")]
    [InlineData("/nothing", "PATCH", "GET, HEAD")]
    public void Other_verbs_are_told_which_there_are(string target, string method, string allow)
    {
        var response = new FakeEngine().Handler().Handle(FakeEngine.Request(target, method, (AccessFacts.CustomHeader, "1")), CancellationToken.None);
        Assert.Equal(405, response.Status);
        Assert.Equal(allow, response.Header("Allow"));
    }

    [Fact]
    public void Without_the_closing_slash_the_client_is_sent_on_under_any_prefix()
    {
        var response = new FakeEngine().Handler().Handle(FakeEngine.Request("?x=1"), CancellationToken.None);
        Assert.Equal(301, response.Status);
        Assert.Equal("pprof/?x=1", response.Header("Location"));
    }

    [Fact]
    public async Task Both_ways_to_wait_give_the_same_answers()
    {
        foreach (var row in Answers)
        {
            var target = row.Data.Item1;
            var sync = new FakeEngine().Handler().Handle(FakeEngine.Request(target), CancellationToken.None);
            var async = await new FakeEngine().Handler().HandleAsync(FakeEngine.Request(target), CancellationToken.None);
            Assert.Equal(sync.Status, async.Status);
            Assert.Equal(sync.Headers, async.Headers);
            Assert.Equal(FakeEngine.Body(sync), FakeEngine.Body(async));
        }
    }
}
