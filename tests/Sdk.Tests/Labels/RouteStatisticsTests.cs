using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public sealed class RouteStatisticsTests
{
    private static readonly RequestUsage _usage = new(0, 100, 0, 0, 0);

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.95)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    public void A_percentile_is_right_to_four_percent_whatever_its_size(double share)
    {
        foreach (long unit in new[] { 1_000L, 77_777, 1_000_000, 500_000_000 })
        {
            var histogram = new LogLinearHistogram();
            for (int i = 1; i <= 10_000; i++)
            {
                histogram.Add(i * unit);
            }

            Assert.InRange(histogram.At(share) / (10_000 * share * unit), 0.96, 1.04);
        }
    }

    [Fact]
    public void Extremes_are_counted_and_an_empty_histogram_says_nothing()
    {
        var histogram = new LogLinearHistogram();
        Assert.Equal(0, histogram.At(0.99));
        histogram.Add(0);
        histogram.Add(-5);
        histogram.Add(long.MaxValue);
        Assert.Equal(3, histogram.Count);
        Assert.InRange(histogram.At(1), 1L << 42, long.MaxValue);
    }

    [Fact]
    public void Sums_reach_back_half_an_hour_at_least_and_an_hour_at_most()
    {
        const long Minute = 60_000_000_000;
        var routes = new RouteStatistics();
        for (long minute = 1; minute <= 120; minute++)
        {
            routes.Add(Ended(7, minute * Minute, 1_000_000), _usage);
        }

        var totals = Assert.Single(routes.Read());
        Assert.Equal(7, totals.Key);
        Assert.InRange(totals.Value.Count, 30, 60);
        Assert.Equal(totals.Value.Count * 100, totals.Value.Usage.AllocatedBytes);
        routes.Add(Ended(7, 1_000 * Minute, 1_000_000), _usage);
        Assert.Equal(1, routes.Read()[7].Count);
    }

    [Fact]
    public void Routes_beyond_the_limit_are_counted_together()
    {
        var routes = new RouteStatistics();
        for (int route = 2; route < 2_000; route++)
        {
            routes.Add(Ended(route, 5_000, 1_000), _usage);
        }

        var read = routes.Read();
        Assert.InRange(read.Count, RouteStatistics.MaxRoutes, RouteStatistics.MaxRoutes + 1);
        Assert.Equal(1_998, read.Values.Sum(totals => totals.Count));
    }

    [Fact]
    public void What_is_known_later_of_a_request_adds_to_its_route()
    {
        var routes = new RouteStatistics();
        routes.Add(Ended(7, 5_000, 1_000), _usage);
        routes.AddUsage(7, new RequestUsage(0, 0, 0, 10_000_000, 1));

        var totals = routes.Read()[7];
        Assert.Equal(1, totals.Count);
        Assert.Equal(new RequestUsage(0, 100, 0, 10_000_000, 1), totals.Usage);
    }

    [Fact]
    public void A_request_stood_still_for_what_overlaps_it()
    {
        var pauses = new GcPauses();
        for (int i = 0; i < 10_000; i++)
        {
            pauses.Add(i * 100, (i * 100) + 10);
        }

        Assert.Equal(0, pauses.Within(999_960, 999_990));
        Assert.Equal(5 + 10 + 3, pauses.Within(999_705, 999_903));
        Assert.Equal(40_960, pauses.Within(0, long.MaxValue));
    }

    private static RequestState Ended(int route, long end, long length) => new(route, 200, end - length, end);
}
