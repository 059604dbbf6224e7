using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class OnTimesTests
{
    [Fact]
    public void The_share_is_that_of_the_time_asked_about()
    {
        var times = new OnTimes();
        Assert.Equal(1, times.Share(0, 100));
        times.Add(100, 100, 1);
        times.Add(200, 100, 0);
        times.Add(300, 100, 0.5);

        Assert.Equal(0.5, times.Share(0, 300), 6);
        Assert.Equal(1, times.Share(20, 80), 6);
        Assert.Equal(0, times.Share(100, 200), 6);
        Assert.Equal(0.5, times.Share(50, 150), 6);
        Assert.Equal(0.5, times.Share(250, long.MaxValue), 6);
    }

    [Fact]
    public void What_is_long_ago_is_forgotten()
    {
        var times = new OnTimes();
        for (var i = 1; i <= 10_000; i++)
        {
            times.Add(i, 1, i <= 5_000 ? 1 : 0);
        }

        Assert.Equal(1, times.Share(0, 1_000));
        Assert.Equal(0, times.Share(0, long.MaxValue));
    }
}
