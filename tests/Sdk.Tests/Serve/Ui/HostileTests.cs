using System.Text;
using System.Text.Json;
using SelfProfiler.Labels;
using SelfProfiler.Serve;
using SelfProfiler.Serve.Ui;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve.Ui;

/// <summary>Routes, statuses and links are what an attacker can choose; questions as well.</summary>
public sealed class HostileTests
{
    private const string Hostile = "/</script><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>{trace_id}\u2028\ud800";

    [Fact]
    public void Hostile_routes_and_links_stay_text_in_every_answer_of_the_page()
    {
        var pages = Pages();
        foreach (string path in new[] { "/ui/requests.json", "/ui/requests.json?route=" + Uri.EscapeDataString("<script>"), "/requests?top=5&min_duration=1ms", "/ui/state.json?kind=" + Uri.EscapeDataString("<img>") })
        {
            var answer = pages.Answer(FakeEngine.Request(path))!;
            string text = Encoding.UTF8.GetString(FakeEngine.Body(answer));
            Assert.Equal("application/json", answer.Header("Content-Type"));
            Assert.DoesNotContain('<', text);
            Assert.DoesNotContain('\u2028', text);
            _ = JsonDocument.Parse(text);
        }
    }

    [Theory]
    [InlineData("/ui/../status")]
    [InlineData("/ui/..%2fstatus")]
    [InlineData("/ui/....//app.js")]
    [InlineData("/ui//app.js")]
    [InlineData("/ui/app.js/")]
    [InlineData("/ui/app.js%00.css")]
    [InlineData("/ui/C:\\app.js")]
    [InlineData("/ui/\\app.js")]
    [InlineData("/ui/APP.JS")]
    [InlineData("/requests/")]
    public void Only_known_paths_are_answered(string path) => Assert.Null(Pages().Answer(FakeEngine.Request(path)));

    [Theory]
    [InlineData("top=0")]
    [InlineData("top=-1")]
    [InlineData("top=1001")]
    [InlineData("top=x")]
    [InlineData("min_duration=<script>")]
    [InlineData("min_duration=%zz")]
    public void Questions_that_cannot_be_read_are_refused_with_a_sentence(string query) =>
        Assert.Equal(400, Assert.Throws<PprofRefusal>(() => Pages().Answer(FakeEngine.Request("/requests?" + query))).Status);

    [Fact]
    public void The_slowest_are_cut_by_number_and_duration()
    {
        var json = JsonDocument.Parse(FakeEngine.Body(Pages().Answer(FakeEngine.Request("/requests?top=3&min_duration=5ms"))!)).RootElement;
        Assert.Equal([10_000_000, 9_000_000, 8_000_000], json.GetProperty("slowest").EnumerateArray().Select(request => request.GetProperty("duration").GetInt64()));
        Assert.InRange(json.GetProperty("routes")[0].GetProperty("p999").GetInt64(), 9_600_000, 10_400_000);
    }

    private static UiPages Pages()
    {
        var requests = Enumerable.Range(1, 10).Select(i => new RequestInfo(RequestId.Of(i, 1), 0, (ulong)i, 7, 2, 0, 200, 0, i * 1_000_000L)).ToList();
        return new UiPages(new UiSource(() => null, () => requests, _ => Hostile) { TraceLink = () => "https://example/" + Hostile });
    }
}
