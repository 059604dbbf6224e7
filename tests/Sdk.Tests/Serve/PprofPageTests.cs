using System.Text;
using System.Text.RegularExpressions;
using SelfProfiler.Serve;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve;

public sealed class PprofPageTests
{
    [Fact]
    public void The_index_shows_counts_status_and_losses_and_escapes_them()
    {
        var page = Text(Get("/"));
        Assert.Contains("12345</td><td><a href=\"profile?seconds=5&amp;debug=1\">profile</a>", page, StringComparison.Ordinal);
        Assert.Contains("<th>cpu source</th><td>kernel</td>", page, StringComparison.Ordinal);
        Assert.Contains("<th>&lt;script&gt;</th><td>&quot;&amp;&#39;</td>", page, StringComparison.Ordinal);
        Assert.Contains("3</td><td>samples dropped", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_index_loads_nothing_from_anywhere_and_links_relatively()
    {
        var response = Get("/");
        var page = Text(response);
        var links = Regex.Matches(page, "(?:href|src|action)=\"([^\"]*)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.True(links.Count > 10);
        Assert.All(links, link => Assert.Matches("^[a-z]+(\\?|$)", link));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", response.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_link_of_the_index_answers()
    {
        foreach (Match match in Regex.Matches(Text(Get("/")), "href=\"([^\"]*)\""))
        {
            Assert.Equal(200, Get("/" + match.Groups[1].Value.Replace("&amp;", "&", StringComparison.Ordinal)).Status);
        }
    }

    [Theory]
    [InlineData("--urls=http://x", "--urls")]
    [InlineData("--ConnectionStrings:Db=Password=secret", "--ConnectionStrings:Db")]
    [InlineData("--key:secret", "--key")]
    [InlineData("--token secret", "--token")]
    [InlineData("--api-key:c2VjcmV0== --api-key:c2VjcmV0=", "--api-key --api-key")]
    [InlineData("-psecret -v", "-p -v")]
    [InlineData("Password=secret secret /p:secret c2VjcmV0==", "")]
    [InlineData("-- - -1", "")]
    public void The_command_line_shows_names_only(string arguments, string shown)
    {
        string[] all = ["/opt/shop/shop.dll", .. arguments.Split(' ')];
        var expected = shown.Length == 0 ? "shop.dll" : "shop.dll\0" + shown.Replace(' ', '\0');
        Assert.Equal(expected, CommandLine.Text(all, values: false));
        Assert.Equal(string.Join('\0', all), CommandLine.Text(all, values: true));
    }

    [Fact]
    public void Symbols_are_resolved_from_the_query_and_from_the_body()
    {
        var handler = new FakeEngine().Handler(change: profiler => profiler with { Symbol = address => address == 0x1f ? "Shop.Main()" : null });
        Assert.Equal("num_symbols: 1\n0x1f Shop.Main()\n", Text(handler.Handle(FakeEngine.Request("/symbol?0x1f+0x2+zz"), CancellationToken.None)));
        var post = FakeEngine.Request("/symbol", "POST") with { Body = "0x2+0x1F"u8.ToArray() };
        Assert.Equal("num_symbols: 1\n0x1f Shop.Main()\n", Text(handler.Handle(post, CancellationToken.None)));
        Assert.Equal("num_symbols: 1\n", Text(Get("/symbol")));
    }

    private static PprofResponse Get(string target) => new FakeEngine().Handler().Handle(FakeEngine.Request(target), CancellationToken.None);

    private static string Text(PprofResponse response) => Encoding.UTF8.GetString(FakeEngine.Body(response));
}
