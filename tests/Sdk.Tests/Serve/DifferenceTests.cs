using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using SelfProfiler.Encode;
using SelfProfiler.Serve;
using SelfProfiler.Serve.Ui;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve;

public sealed class DifferenceTests
{
    private static Profile Now => new SyntheticProfile(ProfileKind.Cpu).Add(3, 30_000_000, ["route=/a"], "Main", "Grown").Add(1, 10_000_000, [], "Main", "Same").Build();

    private static Profile Before => new SyntheticProfile(ProfileKind.Cpu).Add(1, 10_000_000, ["route=/a"], "Main", "Grown").Add(1, 10_000_000, [], "Main", "Same").Add(2, 20_000_000, [], "Main", "Gone").Build();

    [Fact]
    public void A_base_has_negative_values_and_gos_label()
    {
        var difference = ProfileDifference.Of(Now, Before.Data);

        Assert.Equal(0, difference.Sum(1));
        Assert.Equal(0, difference.Sum(0));
        Assert.Equal([-10_000_000, -10_000_000, -20_000_000], difference.Data.Samples.Skip(difference.Data.FirstBaseSample!.Value).Select(sample => sample.Value).OrderDescending());
        Assert.All(
            difference.Data.Samples.Skip(difference.Data.FirstBaseSample.Value),
            sample => Assert.Contains(new("pprof::base", "true"), difference.Data.LabelSets[sample.LabelSet]));
        Assert.Equal("Main;Gone 20000000 0\nMain;Grown 10000000 30000000\nMain;Same 10000000 10000000\n", Written(difference, FoldedEncoder.Write));
    }

    [Fact]
    public async Task Go_shows_it_as_a_difference()
    {
        Assert.SkipWhen(!GoPprof.Exists && Environment.GetEnvironmentVariable("CI") != "true", "go is not installed");
        string text = await GoPprof.RunAsync(PprofEncoder.Encode(ProfileDifference.Of(Now, Before.Data).Data), "-top");
        Assert.Matches("[^-]20ms.*Grown", text);
        Assert.Matches("-20ms.*Gone", text);
    }

    [Fact]
    public void A_tree_has_both_and_pictures_are_red_and_blue()
    {
        var difference = ProfileDifference.Of(Now, Before.Data);
        var tree = FlameTree.Of(difference.Data);
        Assert.True(tree.IsDifference);
        Assert.Equal((40_000_000, 40_000_000), (tree.Nodes[0].Total, tree.Nodes[0].Base));
        Assert.Equal(
            [("Main", 40, 40), ("Grown", 30, 10), ("Same", 10, 10), ("Gone", 0, 20)],
            tree.Nodes.Skip(1).Select(node => (tree.Functions[node.Function].Name, (int)(node.Total / 1_000_000), (int)(node.Base / 1_000_000))));
        Assert.Equal(5, JsonDocument.Parse(Written(difference, FlameJson.Write)).RootElement.GetProperty("base").GetArrayLength());
        Assert.Contains("hsl(4,", Written(difference, FlameSvg.Write), StringComparison.Ordinal);
        _ = XDocument.Parse(Written(difference, FlameSvg.Write));
        Assert.Contains("\"base\"", Written(difference, FlameHtml.Write), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProfileKind.Cpu)]
    [InlineData(ProfileKind.Allocations)]
    [InlineData(ProfileKind.Exceptions)]
    public void What_we_write_can_be_uploaded_again(ProfileKind kind)
    {
        var profile = new SyntheticProfile(kind).Add(3, 30, ["route=/a"], "Main", "Leaf").Add(1, 10, [], "Main", "Other").Build();
        var read = PprofReader.Read(PprofEncoder.Encode(profile.Data), kind, profile.Data.SampleTypes);

        Assert.Equal(profile.Sum(0), read.Samples.Sum(sample => sample.Count));
        var difference = ProfileDifference.Of(profile, read);
        Assert.All(Enumerable.Range(0, profile.SampleTypes.Count), i => Assert.Equal(0, difference.Sum(i)));
        var tree = FlameTree.Of(difference.Data);
        Assert.All(tree.Nodes, node => Assert.Equal(node.Total, node.Base));
    }

    [Fact]
    public void Uploads_that_are_broken_too_large_or_of_another_kind_are_refused_with_a_sentence()
    {
        var types = Now.Data.SampleTypes;
        byte[] good = PprofEncoder.Encode(Now.Data);
        byte[] plain = Unzipped(good);
        Refused("no samples/count, cpu/nanoseconds"u8.ToArray());
        Refused("<script>alert(1)</script>"u8.ToArray());
        Refused(good[..(good.Length / 2)]);
        Refused(PprofEncoder.Encode(new SyntheticProfile(ProfileKind.Allocations).Add(1, 1, [], "Main").Build().Data), "alloc_space/bytes");
        Refused(Zipped(new byte[40 * 1024 * 1024]), "limit");
        Refused([0x1f, 0x8b]);
        var random = new Random(3);
        for (int i = 0; i < 500; i++)
        {
            byte[] broken = [.. plain];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }

            try
            {
                _ = PprofReader.Read(broken.AsMemory(0, random.Next(1, broken.Length + 1)), ProfileKind.Cpu, types);
            }
            catch (InvalidDataException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
        }

        void Refused(byte[] bytes, string because = "") =>
            Assert.Contains(because, Assert.Throws<InvalidDataException>(() => PprofReader.Read(bytes, ProfileKind.Cpu, types)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/profile", "seconds=1", "", 400, "POST a pprof file")]
    [InlineData("/profile", "from=-5m&base_from=-10m", "x", 400, "both a base")]
    [InlineData("/profile", "seconds=1&format=speedscope", "x", 400, "A difference is written")]
    [InlineData("/profile", "seconds=1", "x", 400, "pprof")]
    public void A_post_says_what_is_wrong_with_it(string path, string query, string body, int status, string sentence)
    {
        var engine = new FakeEngine();
        var answer = Post(engine, path, query, Encoding.UTF8.GetBytes(body));
        Assert.Equal(status, answer.Status);
        Assert.Contains(sentence, Encoding.UTF8.GetString(FakeEngine.Body(answer)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_upload_is_compared_with_what_is_asked_for_and_needs_a_header()
    {
        var engine = new FakeEngine();
        byte[] upload = PprofEncoder.Encode(Before.Data);
        var answer = Post(engine, "/profile", "seconds=1&format=folded", upload);
        Assert.Equal(200, answer.Status);
        Assert.Contains("Gone 20000000 0", Encoding.UTF8.GetString(FakeEngine.Body(answer)), StringComparison.Ordinal);
        Assert.Equal(403, Post(engine, "/profile", "seconds=1", upload, header: false).Status);
        Assert.Equal(413, Post(engine, "/profile", "seconds=1", new byte[PprofRequest.MaxUpload + 1]).Status);
    }

    private static PprofResponse Post(FakeEngine engine, string path, string query, byte[] body, bool header = true)
    {
        var request = FakeEngine.Request(path + "?" + query, "POST");
        return engine.Handler().Handle(request with { Body = body, Access = request.Access with { HasCustomHeader = header } }, CancellationToken.None);
    }

    private static string Written(Profile profile, Action<Profile, Stream> write)
    {
        var stream = new MemoryStream();
        write(profile, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static byte[] Zipped(byte[] bytes)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }

    private static byte[] Unzipped(byte[] bytes)
    {
        var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
