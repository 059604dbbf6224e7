using SelfProfiler.Encode;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Encode;

/// <summary>The outside judge: <c>go tool pprof</c> on files of every kind.</summary>
public class GoPprofTests
{
    public static TheoryData<ProfileKind> Kinds => [.. Enum.GetValues<ProfileKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public async Task Pprof_accepts_every_kind(ProfileKind kind)
    {
        SkipWithoutGo();
        var file = PprofEncoder.Encode(SyntheticProfile.Shop(kind).Build().Data);

        var views = await Task.WhenAll(
            GoPprof.RunAsync(file, "-top"),
            GoPprof.RunAsync(file, "-raw"),
            GoPprof.RunAsync(file, "-traces"),
            GoPprof.RunAsync(file, "-tags"),
            GoPprof.RunAsync(file, "-top", "-tagfocus=trace_id=4bf92f3577b34da6a3ce929d0e0e4736"));

        Assert.Contains("File: Shop", views[0]);
        Assert.Contains("Shop.OrderService.GetAsync(int)", views[0]);
        Assert.Contains("System.Collections.Generic.List<T>.Sort()", views[0]);
        Assert.Contains("Orders.cs:42", views[1]);
        Assert.Contains("[FN][FL][LN][IN]", views[1]);
        Assert.Contains("[gc]", views[2]);
        Assert.Contains("4bf92f3577b34da6a3ce929d0e0e4736", views[3]);
        Assert.Contains("/orders/{id}", views[3]);
        Assert.Contains("GetAsync", views[4]);
        Assert.DoesNotContain("Basket", views[4]);
    }

    [Fact]
    public async Task Pprof_reads_the_texts_of_debug_1_as_legacy_formats()
    {
        SkipWithoutGo();
        foreach (var kind in Enum.GetValues<ProfileKind>())
        {
            using var text = new MemoryStream();
            TextEncoder.Write(SyntheticProfile.Shop(kind).Build(), "threads", text);

            var raw = await GoPprof.RunAsync(text.ToArray(), "-raw", "-symbolize=none");

            Assert.Contains("Samples:", raw);
        }
    }

    private static void SkipWithoutGo() =>
        Assert.SkipWhen(!GoPprof.Exists && Environment.GetEnvironmentVariable("CI") != "true", "go is not installed.");
}
