using SelfProfiler.Aggregate;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class ShortTimesTests
{
    private readonly ShortTimes _times = new(1_000);

    [Fact]
    public void A_long_time_is_counted_by_itself()
    {
        _times.Take(1, 900, 1);

        Assert.Equal((1_000, 1), _times.Take(1, 1_000, 1));
        Assert.Equal((5_000, 0), _times.Take(1, 5_000, 0));
    }

    [Fact]
    public void Short_times_make_few_rows_and_lose_nothing_but_what_still_gathers()
    {
        var (rows, ns, counted) = (0, 0.0, 0.0);
        for (int i = 0; i < 100_000; i++)
        {
            var (part, count) = _times.Take(1, 10, 1);
            rows += part > 0 ? 1 : 0;
            (ns, counted) = (ns + part, counted + count);
        }

        Assert.InRange(rows, 800, 1_250); // a million in measures of a thousand
        Assert.InRange(ns, 1_000_000 - 2_000, 1_000_000);
        Assert.InRange(counted * 10, ns - 10, ns + 10);
    }

    [Fact]
    public void Routes_gather_apart()
    {
        var sums = new double[3];
        for (int i = 0; i < 30_000; i++)
        {
            sums[i % 3] += _times.Take(i % 3, 100 * ((i % 3) + 1), 1).Ns;
        }

        Assert.InRange(sums[0], 1_000_000 - 2_000, 1_000_000);
        Assert.InRange(sums[1], 2_000_000 - 2_000, 2_000_000);
        Assert.InRange(sums[2], 3_000_000 - 2_000, 3_000_000);
    }

    [Fact]
    public void Work_that_alternates_shares_as_it_took_time()
    {
        // Would a fixed measure be filled up, it would always be by the same one of them.
        double first = 0, second = 0;
        for (int i = 0; i < 100_000; i++)
        {
            first += _times.Take(1, 250, 1).Ns;
            second += _times.Take(1, 750, 1).Ns;
        }

        Assert.InRange(first / (first + second), 0.23, 0.27);
    }

    [Fact]
    public void The_measure_follows_the_traffic()
    {
        var times = new ShortTimes();
        int rows = 0;
        for (int second = 0; second < 40; second++)
        {
            rows = 0;
            for (int i = 0; i < 20_000; i++)
            {
                rows += times.Take(1, 2_000_000, 1).Ns > 0 ? 1 : 0; // forty seconds of waiting each second
            }

            times.EndPeriod(1_000_000_000);
        }

        Assert.InRange(rows, 100, 600);
        Assert.Equal((1e9, 1), times.Take(1, 1e9, 1)); // a slow one is exact all the same
        for (int second = 0; second < 20; second++)
        {
            times.EndPeriod(1_000_000_000);
        }

        Assert.Equal(ShortTimes.Shortest, times.Measure);
    }
}
