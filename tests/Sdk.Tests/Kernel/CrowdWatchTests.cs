using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed class CrowdWatchTests
{
    private const long Second = 1_000_000_000;

    /// <summary>Two CPUs, 99 samples a second on each.</summary>
    private const double CpuNs = KernelSamplerSettings.DefaultPeriod / 2.0;

    [Theory]
    [InlineData(20, 150, true)]
    [InlineData(0, 190, true)]
    [InlineData(40, 150, false)]
    [InlineData(0, 90, false)]
    [InlineData(190, 5, false)]
    public void Others_must_take_half_of_the_cpus_and_four_times_as_much_as_we(int own, int foreign, bool crowded)
    {
        var watch = Run(own, foreign, seconds: 6);

        Assert.Equal(crowded, watch.IsCrowded(7 * Second));
    }

    [Fact]
    public void A_short_burst_decides_nothing()
    {
        Assert.False(Run(0, 190, seconds: 4).IsCrowded(5 * Second));
    }

    [Fact]
    public void It_is_remembered_for_an_hour()
    {
        var watch = Run(0, 190, seconds: 6);

        Assert.True(watch.IsCrowded(3_600 * Second));
        Assert.False(watch.IsCrowded(3_607 * Second));
    }

    [Fact]
    public void What_was_counted_before_a_new_start_does_not_matter()
    {
        var watch = Run(0, 190, seconds: 4);
        watch.Restart(4 * Second, 0, 760, 0);
        watch.Observe(10 * Second, 200, 960, 0, CpuNs);

        Assert.False(watch.IsCrowded(11 * Second));
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(1_500, false)]
    public void Where_context_switches_are_many_events_of_threads_would_cost_more(int switches, bool crowded) =>
        Assert.Equal(crowded, Run(20, 150, seconds: 6, switches).IsCrowded(7 * Second));

    [Fact]
    public void Events_of_threads_are_given_up_when_context_switches_become_many_and_not_taken_again_for_a_minute()
    {
        var watch = Run(0, 190, seconds: 6);
        watch.Restart(6 * Second, 0, 0, 0);
        watch.ObserveSwitches(11 * Second, 5 * 1_900, CpuNs);
        Assert.True(watch.IsCrowded(11 * Second));
        watch.ObserveSwitches(16 * Second, (5 * 1_900) + (5 * 2_100), CpuNs);
        Assert.False(watch.IsCrowded(16 * Second));

        watch.Restart(16 * Second, 0, 0, 0);
        watch.Observe(21 * Second, 0, 950, 0, CpuNs);
        Assert.False(watch.IsCrowded(21 * Second));
        watch.Observe(77 * Second, 0, 950 * 12, 0, CpuNs);
        Assert.True(watch.IsCrowded(77 * Second));
    }

    private static CrowdWatch Run(int own, int foreign, int seconds, int switches = 0)
    {
        var watch = new CrowdWatch();
        watch.Restart(0, 0, 0, 0);
        for (var second = 1; second <= seconds; second++)
        {
            if (watch.IsDue(second * Second))
            {
                watch.Observe(second * Second, own * second, foreign * second, switches * second, CpuNs);
            }
        }

        return watch;
    }
}
