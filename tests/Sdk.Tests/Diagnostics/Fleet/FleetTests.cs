using SelfProfiler.Diagnostics.Fleet;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics.Fleet;

public class FleetTests
{
    private const long Second = 1_000_000_000;

    private static readonly DateTimeOffset _start = new(2026, 11, 21, 12, 0, 7, TimeSpan.Zero);

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    public void A_share_of_the_fleet_profiles_in_every_slot_and_everybody_gets_a_turn(double coverage)
    {
        var slot = TimeSpan.FromMinutes(1);
        var fleet = Enumerable.Range(0, 1_000).Select(i => new CoverageSlots(coverage, $"pod-{i}", slot)).ToArray();
        var turns = new int[fleet.Length];
        for (var minute = 0; minute < 100; minute++)
        {
            var now = _start + (minute * slot);
            var active = 0;
            for (var i = 0; i < fleet.Length; i++)
            {
                if (fleet[i].IsActive(now))
                {
                    active++;
                    turns[i]++;
                }
            }

            Assert.InRange(active / 1_000.0, coverage - 0.05, coverage + 0.05);
        }

        Assert.All(turns, count => Assert.InRange(count, (coverage * 100) - 4, (coverage * 100) + 4));
    }

    [Fact]
    public void A_turn_lasts_a_slot()
    {
        var slots = new CoverageSlots(0.5, "a", TimeSpan.FromMinutes(1));
        var edge = slots.NextEdge(_start);

        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 1, 0, TimeSpan.Zero), edge);
        Assert.Equal(slots.IsActive(_start), slots.IsActive(edge.AddTicks(-1)));
    }

    [Fact]
    public void Full_coverage_is_everybody_and_none_is_nobody()
    {
        var all = new CoverageSlots(1, "a", TimeSpan.FromMinutes(1));
        var none = new CoverageSlots(0, "a", TimeSpan.FromMinutes(1));

        Assert.All(Enumerable.Range(0, 100), i => Assert.True(all.IsActive(_start.AddMinutes(i))));
        Assert.All(Enumerable.Range(0, 100), i => Assert.False(none.IsActive(_start.AddMinutes(i))));
    }

    [Fact]
    public void A_duty_of_ten_seconds_is_ten_seconds_of_each_minute()
    {
        var duty = new DutyWindows(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), "pod-1");
        var on = Enumerable.Range(0, 600).Count(second => duty.IsActive(_start.AddSeconds(second)));
        var edges = 0;
        for (var now = _start; now < _start.AddMinutes(10); now = duty.NextEdge(now))
        {
            edges++;
        }

        Assert.InRange(on, 99, 101);
        Assert.InRange(edges, 20, 22);
        Assert.NotEqual(duty.IsActive(duty.NextEdge(_start).AddTicks(-1)), duty.IsActive(duty.NextEdge(_start)));
    }

    [Fact]
    public void A_trigger_fires_when_the_value_stays_and_then_keeps_quiet()
    {
        var trigger = new Trigger(new TriggerRule("cpu", 0.8, For: TimeSpan.FromSeconds(3), CoolDown: TimeSpan.FromSeconds(60)));
        var fired = new List<int>();
        for (var second = 0; second < 200; second++)
        {
            // A peak of two seconds, then high from 10 to 150.
            var value = second is 4 or 5 or (>= 10 and < 150) ? 0.9 : 0.2;
            if (trigger.Observe(second * Second, value))
            {
                fired.Add(second);
            }
        }

        Assert.Equal([13, 73, 133], fired);
        Assert.Equal(3, trigger.Fired);
        Assert.InRange(trigger.Suppressed, 1, 100);
    }

    [Fact]
    public void Nothing_observed_is_not_above() =>
        Assert.False(new Trigger(new TriggerRule("p95", 0, TimeSpan.Zero, TimeSpan.Zero)).Observe(1, double.NaN));

    [Fact]
    public void The_95th_percentile_of_a_route_is_of_the_last_half_minute()
    {
        var latencies = new RouteLatencies(routes: 3);
        Assert.Equal(double.NaN, latencies.P95Ns(1, 0));
        for (var i = 0; i < 1_000; i++)
        {
            latencies.Add(1, Second + i, (i + 1) * 1_000_000L);
            latencies.Add(2, Second + i, 5_000_000);
        }

        Assert.InRange(latencies.P95Ns(1, 2 * Second), 940e6, 1_040e6);
        Assert.InRange(latencies.P95Ns(2, 2 * Second), 5e6, 5.5e6);
        Assert.Equal(double.NaN, latencies.P95Ns(1, 60 * Second));
    }
}
