using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class TickCounterTests
{
    private const long Millisecond = 1_000_000;
    private readonly TickCounter _counter = new();

    [Fact]
    public void Samples_close_together_are_one_tick()
    {
        for (long tick = 0; tick < 10; tick++)
        {
            for (long thread = 0; thread < 300; thread++)
            {
                Assert.Equal(thread == 0, _counter.Observe((tick * 3 * Millisecond) + (thread * 4_000)));
            }
        }

        Assert.Equal(10, _counter.Ticks);
        Assert.Equal(3 * Millisecond, _counter.Interval);
    }

    [Fact]
    public void A_pause_between_two_ticks_does_not_change_the_median()
    {
        foreach (long time in (long[])[0, 10, 20, 900, 910, 920])
        {
            _counter.Observe(time * Millisecond);
        }

        Assert.Equal(10 * Millisecond, _counter.Interval);
    }

    [Fact]
    public void The_time_between_two_streams_is_no_interval()
    {
        _counter.Observe(0);
        _counter.StartStream();
        _counter.Observe(5_000 * Millisecond);
        Assert.Equal(0, _counter.Interval);
        Assert.Equal(2, _counter.Ticks);
    }
}
