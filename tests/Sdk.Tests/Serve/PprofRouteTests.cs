using System.Text;
using SelfProfiler.Serve;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve;

/// <summary>The handler, by the table of <see cref="PprofContract"/>; both fronts by the same table in AspNetMiddleware.Tests.</summary>
public sealed class PprofRouteTests
{
    [Theory, MemberData(nameof(PprofContract.Answers), MemberType = typeof(PprofContract))]
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

    [Theory, MemberData(nameof(PprofContract.Answers), MemberType = typeof(PprofContract))]
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

    [Theory, MemberData(nameof(PprofContract.Refusals), MemberType = typeof(PprofContract))]
    public void Every_refusal_is_one_sentence_that_go_prints(string target, int status, string part)
    {
        foreach (var method in (string[])["GET", "HEAD"])
        {
            var engine = new FakeEngine();
            var response = engine.Handler().Handle(FakeEngine.Request(target, method), CancellationToken.None);
            Assert.Equal(status, response.Status);
            Assert.Equal(PprofResponse.Text, response.Header("Content-Type"));
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

    [Theory, MemberData(nameof(PprofContract.Verbs), MemberType = typeof(PprofContract))]
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
        foreach (var row in PprofContract.Answers)
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
