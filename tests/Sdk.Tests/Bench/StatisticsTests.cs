using SelfProfiler.Bench.Overhead.Statistics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Bench;

/// <summary>The benchmark's verdicts are only as good as its statistics.</summary>
public class StatisticsTests
{
    [Theory]
    [InlineData(5, 0)]
    [InlineData(6, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(12, 3)]
    [InlineData(20, 6)]
    [InlineData(100, 40)]
    public void Order_statistics_enclose_the_median_as_the_tables_say(int count, int rank) =>
        Assert.Equal(rank, PairedRatio.Rank(count));

    [Fact]
    public void The_interval_holds_the_true_median_in_95_of_100_cases()
    {
        var random = new Random(1);
        var hits = 0;
        for (var i = 0; i < 2_000; i++)
        {
            // Skewed, with outliers, median 1.
            var ratio = PairedRatio.OfValues(Enumerable.Range(0, 15).Select(_ => Math.Exp(Math.Pow((random.NextDouble() * 2) - 1, 3))));
            hits += ratio.Low <= 1 && ratio.High >= 1 ? 1 : 0;
        }

        Assert.InRange(hits, 1_880, 2_000);
    }

    [Fact]
    public void One_wild_round_does_not_move_the_median()
    {
        var ratio = PairedRatio.Of([(10, 10.1), (20, 20.2), (5, 5.05), (7, 70), (8, 8.08), (1, 1.01), (0, 5)]);

        Assert.Equal(6, ratio.Pairs);
        Assert.Equal(1.01, ratio.Median, 1e-9);
        Assert.Equal(10, ratio.High, 1e-9);
    }

    [Fact]
    public void Without_rounds_there_is_no_interval() => Assert.False(PairedRatio.Of([]).HasInterval);

    [Theory]
    [InlineData(1.000, 1.008, 0.005, Verdict.Pass)]
    [InlineData(1.000, 1.030, 0.005, Verdict.Inconclusive)]
    [InlineData(1.012, 1.015, 0.005, Verdict.Inconclusive)]
    [InlineData(1.020, 1.030, 0.005, Verdict.Fail)]
    [InlineData(1.000, 1.008, 0.015, Verdict.Inconclusive)]
    [InlineData(1.200, 1.300, 0.015, Verdict.Fail)]
    [InlineData(1.015, 1.300, 0.015, Verdict.Inconclusive)]
    internal void An_upper_bar_is_judged_by_the_whole_interval_and_by_what_equals_show(double low, double high, double equals, Verdict verdict)
    {
        var bar = Bar.Max(1.01);

        Assert.Equal(verdict, bar.Judge(new PairedRatio(10, (low + high) / 2, low, high), new PairedRatio(10, 1, 1 - equals, 1 + equals)));
    }

    [Theory]
    [InlineData(0.995, 1.008, Verdict.Pass)]
    [InlineData(0.950, 1.000, Verdict.Inconclusive)]
    [InlineData(0.900, 0.950, Verdict.Fail)]
    internal void A_lower_bar_is_its_mirror(double low, double high, Verdict verdict) =>
        Assert.Equal(verdict, Bar.Min(0.99).Judge(new PairedRatio(10, (low + high) / 2, low, high), new PairedRatio(10, 1, 0.995, 1.005)));

    [Fact]
    public void Too_few_rounds_are_never_a_verdict() =>
        Assert.Equal(Verdict.Inconclusive, Bar.Max(1.01).Judge(PairedRatio.OfValues([2, 2, 2]), PairedRatio.OfValues([1, 1, 1, 1, 1, 1])));
}
