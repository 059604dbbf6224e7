using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class DutyCycleTests
{
    private const long StepNs = 50_000_000;

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(0.01)]
    public void A_session_is_on_as_long_as_its_duty_says(double duty)
    {
        var cycle = new DutyCycle(new Random(1));
        long on = 0, cycles = 0;
        var was = true;
        const int Steps = 200_000;
        for (var i = 1; i <= Steps; i++)
        {
            var now = cycle.At(i * StepNs, duty);
            on += now ? 1 : 0;
            cycles += now && !was ? 1 : 0;
            was = now;
        }

        Assert.InRange((double)on / Steps, duty * 0.85, duty * 1.25);

        // A cycle leaks a little in the runtime: not many of them.
        Assert.InRange(cycles / (Steps * StepNs / 3.6e12), 1, 500);
    }

    /// <summary>Windows last until somebody comes to end them; weighed as if they ended when meant, totals were a sixth too large with turns of 100 ms.</summary>
    [Theory]
    [InlineData(0.5, 100)]
    [InlineData(0.03, 100)]
    [InlineData(0.03, 400)]
    [InlineData(0.01, 1)]
    public void What_counts_by_its_weight_is_all_there_was_however_late_anybody_comes(double duty, int turnMilliseconds)
    {
        var random = new Random(2);
        var cycle = new DutyCycle(new Random(1));
        double counted = 0;
        long now = 0;
        var on = true;
        while (now < 20_000_000_000_000)
        {
            var passed = (long)(turnMilliseconds * 1e6 * (0.5 + random.NextDouble()));
            now += passed;
            counted += on ? passed * cycle.Weight : 0;
            on = cycle.At(now, duty * (now / 1_000_000_000 % 7 == 0 ? 0.7 : 1)); // some windows are cut short
        }

        Assert.InRange(counted / now, 0.99, 1.01);
    }

    [Fact]
    public void The_last_pause_counts_too_when_there_is_no_reason_for_pauses_any_more()
    {
        var cycle = new DutyCycle(new Random(1));
        double counted = 0;
        for (var i = 1; i <= 2_000; i++)
        {
            counted += cycle.On ? StepNs * cycle.Weight : 0;
            cycle.At(i * StepNs, i / 200 % 2 == 0 ? 0.05 : 1);
        }

        Assert.Equal(1, cycle.Weight);
        Assert.InRange(counted / (2_000 * StepNs), 0.98, 1.02);
    }

    [Fact]
    public void A_short_period_never_pauses_longer_than_cpu_time_waits_for_samples()
    {
        var cycle = new DutyCycle(new Random(1), 2_000_000_000);
        int on = 0, pause = 0, longest = 0;
        const int Steps = 100_000;
        for (var i = 1; i <= Steps; i++)
        {
            var now = cycle.At(i * StepNs, GovernorPolicy.SmallestKernelDuty);
            on += now ? 1 : 0;
            pause = now ? 0 : pause + 1;
            longest = Math.Max(longest, pause);
        }

        Assert.InRange((double)on / Steps, 0.08, 0.14);
        Assert.InRange(longest * StepNs, 1_000_000_000, 3_600_000_000);
    }

    [Fact]
    public void A_full_duty_is_always_on()
    {
        var cycle = new DutyCycle(new Random(1));

        Assert.All(Enumerable.Range(0, 1_000), i => Assert.True(cycle.At(i * StepNs, 1)));
    }

    [Fact]
    public void A_storm_ends_the_window_at_once()
    {
        var cycle = new DutyCycle(new Random(1));
        cycle.At(StepNs, 1);

        Assert.False(cycle.At(2 * StepNs, 0.01));
    }

    [Fact]
    public void A_session_that_is_off_is_tried_ever_more_rarely()
    {
        var cycle = new DutyCycle(new Random(1));
        var starts = new List<long>();
        var was = true;
        for (var i = 1; i <= 200_000; i++)
        {
            var now = cycle.At(i * StepNs, 0);
            if (now && !was)
            {
                starts.Add(i * StepNs / 1_000_000_000);
            }

            was = now;
        }

        Assert.InRange(starts[0], 30, 91);
        Assert.InRange(starts.Count, 10, 30);
    }

    [Fact]
    public void A_larger_duty_does_not_wait_for_the_end_of_a_long_pause()
    {
        var cycle = new DutyCycle(new Random(1));
        cycle.At(StepNs, 0.004);
        var step = 2;
        while (!cycle.At(step * StepNs, 0.9))
        {
            step++;
        }

        Assert.InRange(step * StepNs, 0, 3_000_000_000);
    }

    /// <summary>A capture that begins in a pause must not count that pause as its own, and the pause must not be lost.</summary>
    [Fact]
    public void While_somebody_waits_windows_stand_for_that_time_only_and_pauses_before_are_made_up_for_afterwards()
    {
        var cycle = new DutyCycle(new Random(1));
        double asked = 0, all = 0;
        const int Steps = 400_000;
        const int Every = 2_000; // a hundred seconds
        const int Capture = 200;
        for (var i = 1; i <= Steps; i++)
        {
            var captured = i % Every < Capture;
            var counted = cycle.On ? StepNs * cycle.Weight : 0;
            all += counted;
            asked += captured && i % Every > 0 ? counted : 0;
            cycle.Count(i * StepNs, captured);
            cycle.At(i * StepNs, captured ? 0.4 : 0.03);
        }

        Assert.InRange(all / ((double)Steps * StepNs), 0.98, 1.02);
        Assert.InRange(asked / ((double)Steps / Every * (Capture - 1) * StepNs), 0.85, 1.1);
    }

    [Fact]
    public void Somebody_who_waits_gets_all_of_it_at_its_own_value()
    {
        var cycle = new DutyCycle(new Random(1));
        for (var i = 1; i <= 1_000 || cycle.On; i++)
        {
            cycle.At(i * StepNs, 0.02);
        }

        for (var i = 3_000; i < 3_200; i++)
        {
            cycle.Count(i * StepNs, onlyItself: true);
            Assert.True(cycle.At(i * StepNs, 1));
            Assert.Equal(1, cycle.Weight);
        }
    }
}
