using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using SelfProfiler.Labels;
using SelfProfiler.Serve;
using SelfProfiler.Serve.Ui;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve.Ui;

public sealed class FlameTests
{
    private const string Hostile = "Evil</script><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>\u0001\ud800";

    [Fact]
    public void A_tree_has_self_and_total_of_each_path_the_heaviest_first()
    {
        var tree = FlameTree.Of(SyntheticProfile.Shop(ProfileKind.Cpu).Build().Data);

        Assert.Equal(120_000_000, tree.Nodes[0].Total);
        Assert.Equal(
            ["Shop.Program.Main(string[])", "Shop.OrderService.GetAsync(int)", "System.Collections.Generic.List<T>.Sort()", "Shop.Basket.<Total>g__Add|3_0(int)", "[gc]"],
            tree.Nodes.Skip(1).Select(node => tree.Functions[node.Function].Name));
        Assert.Equal([110, 90, 30, 20, 10], tree.Nodes.Skip(1).Select(node => node.Total / 1_000_000));
        Assert.Equal([0, 60, 30, 20, 10], tree.Nodes.Skip(1).Select(node => node.Self / 1_000_000));
    }

    [Fact]
    public void What_is_left_out_counts_for_its_caller()
    {
        var data = SyntheticProfile.Large(ProfileKind.Cpu, 3_000, 3_000, depth: 20).Build().Data;
        var whole = FlameTree.Of(data);
        var small = FlameTree.Of(data, 500);

        Assert.Equal(500, small.Nodes.Count);
        Assert.True(small.Pruned > 0);
        Assert.Equal(whole.Nodes[0].Total, small.Nodes[0].Total);
        Assert.Equal(small.Nodes[0].Total, small.Nodes.Sum(node => node.Self));
    }

    [Fact]
    public void Hostile_names_stay_text_in_every_format()
    {
        var profile = new SyntheticProfile(ProfileKind.Cpu) { Comments = [Hostile] }.Add(1, 5_000_000, ["route=" + Hostile], "Main", Hostile).Build();

        string json = Written(profile, FlameJson.Write);
        Assert.DoesNotContain('<', json);
        Assert.Contains("Evil</script>", JsonDocument.Parse(json).RootElement.GetProperty("functions")[1][0].GetString());

        var svg = XDocument.Parse(Written(profile, FlameSvg.Write));
        Assert.DoesNotContain(svg.Descendants(), element => element.Name.LocalName is "script" or "img");
        Assert.Contains(svg.Descendants(), element => element.Name.LocalName == "title" && element.Value.StartsWith("Evil</script>", StringComparison.Ordinal));

        string html = Written(profile, FlameHtml.Write);
        Assert.Equal(2, html.Split("<script").Length - 1);
        Assert.Equal(2, html.Split("</script>").Length - 1);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.DoesNotContain("\nimport ", html, StringComparison.Ordinal);
        Assert.DoesNotContain("\nexport ", html, StringComparison.Ordinal);
        Assert.DoesNotContain("/*data*/", html, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_profile_is_a_root_of_nothing()
    {
        var profile = new SyntheticProfile(ProfileKind.Cpu).Build();

        Assert.Equal(0, Assert.Single(FlameTree.Of(profile.Data).Nodes).Total);
        _ = XDocument.Parse(Written(profile, FlameSvg.Write));
    }

    [Fact]
    public void No_file_of_the_page_makes_markup_of_data_or_loads_anything_from_elsewhere()
    {
        foreach (string name in UiAssets.ContentTypes.Keys.Append("index.html").Append("export.html"))
        {
            string text = UiAssets.Text(name);
            foreach (string forbidden in new[] { "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http://", "https://", "onclick=", "style=\"" })
            {
                Assert.DoesNotContain(forbidden, text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_page_has_a_strict_policy_and_unknown_files_do_not_exist()
    {
        var pages = new UiPages(new UiSource(() => null, () => [], _ => null));

        var page = pages.Answer(FakeEngine.Request("/ui"));
        Assert.Equal(UiPages.Policy, page!.Header("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe", UiPages.Policy, StringComparison.Ordinal);
        Assert.NotNull(pages.Answer(FakeEngine.Request("/ui/app.js")));
        Assert.Equal("../ui?kind=wall", pages.Answer(FakeEngine.Request("/ui/?kind=wall"))!.Header("Location"));
        foreach (string path in new[] { "/ui/export.html", "/ui/../app.js", "/ui/nothing.js", "/uix", "/ui/%2e%2e/x" })
        {
            Assert.Null(pages.Answer(FakeEngine.Request(path)));
        }
    }

    [Fact]
    public void Requests_are_summed_by_route_and_the_slowest_come_first()
    {
        var requests = Enumerable.Range(1, 100).Select(i => new RequestInfo(RequestId.Of(i, 1), 0, (ulong)i, 7, i % 2, 0, 200, 0, i * 1_000_000L)
        {
            Usage = new RequestUsage(0, 10, 0, 1_000, 1),
        }).Append(new RequestInfo(RequestId.Of(200, 1), 0, 200, 7, 1, 0, 0, 0, 0));

        var report = RequestReport.Of(requests, null, id => id == 1 ? Hostile : "/even", RequestQuery.All, 3_000_000_000);
        Assert.Equal([51L, 50L], report.Routes.Select(route => route.Totals.Count));
        Assert.Equal(1, report.Routes[0].Totals.Running);
        Assert.InRange(report.Routes[1].Totals.Durations.At(0.5), 48_000_000, 52_000_000);
        Assert.InRange(report.Routes[1].Totals.Durations.At(0.99), 96_000_000, 104_000_000);
        Assert.Equal(500, report.Routes[1].Totals.Usage.AllocatedBytes);
        Assert.Equal([200UL, 100UL, 99UL], report.SlowestRequests.Take(3).Select(request => request.TraceIdLow));
        Assert.Equal([100UL, 98UL], RequestReport.Of(requests, null, id => id == 1 ? Hostile : "/even", RequestQuery.All with { Route = "/even" }, 0).SlowestRequests.Take(2).Select(request => request.TraceIdLow));

        var answer = new UiPages(new UiSource(() => null, () => requests, id => id == 1 ? Hostile : "/even")).Answer(FakeEngine.Request("/ui/requests.json"));
        Assert.DoesNotContain('<', Encoding.UTF8.GetString(FakeEngine.Body(answer!)));
    }

    private static string Written(Profile profile, Action<Profile, Stream> write)
    {
        var stream = new MemoryStream();
        write(profile, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
