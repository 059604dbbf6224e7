using System.Text;
using SelfProfiler.Sdk.Tests.Serve;
using SelfProfiler.Sdk.Tests.Serve.Port;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests.Fronts;

/// <summary>Every route, parameter, status and header of the contract, over real connections to both fronts.</summary>
public sealed class FrontTests(BothFronts fronts) : IClassFixture<BothFronts>
{
    private static readonly string[] Headers = ["Content-Type", "Content-Disposition", "X-Content-Type-Options", "Cache-Control", "X-Go-Pprof", "Content-Encoding", "Allow", "Location"];

    [Theory, MemberData(nameof(PprofContract.Answers), MemberType = typeof(PprofContract))]
    public void Both_answer_as_documented(string target, int status, string contentType, string file, string start)
    {
        foreach (string method in (string[])["GET", "HEAD"])
        {
            var (app, port) = fronts.Ask(target, method);
            Same(app, port);
            Assert.Equal(status, app.Status);
            Assert.Equal(contentType, app.Headers["Content-Type"]);
            Assert.Equal(file.Length == 0 ? null : $"attachment; filename=\"{file}\"", app.Headers.GetValueOrDefault("Content-Disposition"));
            Assert.Equal(("nosniff", "no-store"), (app.Headers["X-Content-Type-Options"], app.Headers["Cache-Control"]));
            Assert.False(app.Headers.ContainsKey("X-Go-Pprof"));
            Assert.False(app.Headers.ContainsKey("Content-Encoding"));
            Assert.StartsWith(method == "GET" ? start : "", Encoding.Latin1.GetString(app.Body), StringComparison.Ordinal);
            Assert.Equal(method == "GET", app.Body.Length > 0);
        }
    }

    [Theory, MemberData(nameof(PprofContract.Refusals), MemberType = typeof(PprofContract))]
    public void Both_refuse_with_one_sentence_that_go_prints(string target, int status, string part)
    {
        if (target.Contains("..", StringComparison.Ordinal))
        {
            return; // Kestrel resolves the path before anybody sees it: another one is asked for.
        }

        foreach (string method in (string[])["GET", "HEAD"])
        {
            var (app, port) = fronts.Ask(target, method);
            Same(app, port);
            Assert.Equal(status, app.Status);
            Assert.Equal("text/plain; charset=utf-8", app.Headers["Content-Type"]);
            Assert.Equal("1", app.Headers["X-Go-Pprof"]);
            Assert.False(app.Headers.ContainsKey("Content-Disposition"));
            Assert.Contains(method == "GET" ? part : "", app.Text, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(PprofContract.Verbs), MemberType = typeof(PprofContract))]
    public void Both_tell_which_verbs_there_are(string target, string method, string allow)
    {
        var (app, port) = fronts.Ask(target, method, "X-SelfProfiler: 1\r\nContent-Length: 0\r\n");
        Same(app, port);
        Assert.Equal((405, allow), (app.Status, app.Headers["Allow"]));
    }

    [Theory]
    [InlineData("", "", 301)]
    [InlineData("?x=1", "", 301)]
    [InlineData("/", "Sec-Fetch-Site: cross-site\r\n", 403)]
    [InlineData("/", "Sec-Fetch-Site: same-site\r\n", 403)]
    [InlineData("/", "Sec-Fetch-Site: same-origin\r\n", 200)]
    [InlineData("/profile?seconds=1", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n", 403)]
    [InlineData("/", "Origin: http://evil.example\r\n", 403)]
    [InlineData("/", "Origin: null\r\n", 403)]
    [InlineData("/", "Origin: http://localhost\r\n", 200)]
    public void Both_look_at_the_same_headers(string target, string headers, int status)
    {
        var (app, port) = fronts.Ask(target, headers: headers);
        Same(app, port);
        Assert.Equal(status, app.Status);
    }

    [Theory]
    [InlineData("/off", "", 403)]
    [InlineData("/off", "X-SelfProfiler: 1\r\nSec-Fetch-Site: cross-site\r\n", 403)]
    [InlineData("/off", "X-SelfProfiler: 1\r\nOrigin: http://evil.example\r\n", 403)]
    [InlineData("/on", "X-SelfProfiler: 1\r\n", 200)]
    [InlineData("/symbol", "", 200)]
    public void Both_take_posts_alike(string target, string headers, int status)
    {
        var (app, port) = fronts.Ask(target, "POST", headers + "Content-Length: 0\r\n");
        Same(app, port);
        Assert.Equal(status, app.Status);
    }

    private static void Same(RawResponse app, RawResponse port)
    {
        Assert.Equal(port.Status, app.Status);
        Assert.Equal(port.Headers.Where(Documented).OrderBy(header => header.Key), app.Headers.Where(Documented).OrderBy(header => header.Key));
        if (port.Headers.GetValueOrDefault("Content-Type")?.StartsWith("text/html", StringComparison.Ordinal) != true)
        {
            Assert.Equal(port.Body, app.Body); // the index counts refusals, those of other tests too
        }
    }

    private static bool Documented(KeyValuePair<string, string> header) => Headers.Contains(header.Key, StringComparer.OrdinalIgnoreCase);
}
