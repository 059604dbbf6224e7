using SelfProfiler.Exporter.Series;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Exporter.Tests.Series;

public class SeriesTests
{
    [Fact]
    public void Values_beyond_the_limit_become_other_for_the_life_of_the_process()
    {
        var bounds = new BoundedLabels(2);

        Assert.Equal(["a", "b", "other", "a", "other"], new[] { "a", "b", "c", "a", "d" }.Select(value => Bound(bounds, "route", value)));
        Assert.Equal("c", Bound(bounds, "tenant", "c"));
        Assert.Equal([0, 2], bounds.Losses.Select(loss => loss.Count));
        Assert.StartsWith("values of label route beyond 2", bounds.Losses[1].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_bounded_too()
    {
        var bounds = new BoundedLabels(2);
        for (var i = 0; i < 8; i++)
        {
            Assert.NotNull(Bound(bounds, $"key{i}", "x"));
        }

        Assert.Null(Bound(bounds, "key8", "x"));
        Assert.Equal("y", Bound(bounds, "key0", "y"));
        Assert.Equal([1, 0], bounds.Losses.Select(loss => loss.Count));
        Assert.StartsWith("label key8 ", bounds.Losses[0].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thousand_routes_are_a_bounded_number_of_series_and_no_value_is_lost()
    {
        var profile = new SyntheticProfile(ProfileKind.Cpu);
        for (var i = 0; i < 1_000; i++)
        {
            profile.Add(1, 10, [$"route=/r{i}", $"trace_id={i:x32}"], "Main");
        }

        var series = SeriesSplit.Split(profile.Build().Data, new BoundedLabels(50)).ToList();

        Assert.Equal(51, series.Count);
        Assert.Equal(10_000, series.Sum(one => one.Data.Samples.Sum(sample => sample.Value)));
        Assert.Equal(950, Assert.Single(series, one => one.Labels.Single().Value == "other").Data.Samples.Length);
    }

    [Fact]
    public void Pyroscope_links_samples_by_the_local_root()
    {
        var data = new SyntheticProfile(ProfileKind.Cpu).Add(1, 1, ["span_id=00000000000000aa", "trace_id=x"], "Main").Build().Data;
        var known = new ProfileData
        {
            Kind = data.Kind,
            Start = data.Start,
            Duration = data.Duration,
            SampleTypes = data.SampleTypes,
            PeriodType = data.PeriodType,
            Period = data.Period,
            Frames = data.Frames,
            NodeParent = data.NodeParent,
            NodeFrame = data.NodeFrame,
            Samples = data.Samples,
            LabelSets = data.LabelSets,
            RootSpans = [null, "00000000000000bb"],
        };

        Assert.Equal("00000000000000bb", SpanOf(SeriesSplit.Split(known, new BoundedLabels(9), rootSpans: true)));
        Assert.Equal("00000000000000aa", SpanOf(SeriesSplit.Split(known, new BoundedLabels(9))));
        Assert.Equal("00000000000000aa", SpanOf(SeriesSplit.Split(data, new BoundedLabels(9), rootSpans: true)));

        static string SpanOf(IEnumerable<ProfileSeries> series) => series.First() is var one ? one.Data.LabelSets[one.Data.Samples[0].LabelSet].Single(label => label.Key == "span_id").Value : "";
    }

    [Theory]
    [InlineData("tenant.id", "tenant_id")]
    [InlineData("9lives", "_9lives")]
    [InlineData("größe", "gr__e")]
    [InlineData("", "_")]
    public void Label_names_become_what_every_server_accepts(string key, string name) => Assert.Equal(name, SeriesLabels.NameOf(key));

    [Fact]
    public void Parts_stay_below_both_limits_and_together_are_the_whole()
    {
        var data = SyntheticProfile.Large(ProfileKind.Cpu, 2_000, 400, depth: 20).Build().Data;

        using var encoder = new ProfileParts(800, 20_000);
        var parts = encoder.Encode(data).Select(part => PprofChecker.Check(part.ToArray())).ToArray();

        Assert.True(parts.Length > 3);
        Assert.All(parts, part => Assert.True(part.Rows.Length <= 800 && part.Message.CalculateSize() <= 20_500));
        Assert.Equal(2_000, parts.Sum(part => part.Rows.Length));
        Assert.Equal(data.Samples.Sum(sample => sample.Value), parts.Sum(part => part.Rows.Sum(row => row.Values[1])));
    }

    private static string? Bound(BoundedLabels bounds, string key, string value) =>
        bounds.TryBound(KeyValuePair.Create(key, value), out var bounded) ? bounded.Value : null;
}
