using SelfProfiler.Aggregate;
using SelfProfiler.Diagnostics.Fleet;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics.Fleet;

public sealed class TriggerSetTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Each_value_fires_its_own_trigger_after_its_time()
    {
        var set = new TriggerSet(new TriggerOptions { Cpu = 0.8, GcPause = 0.1, PoolQueue = 50, For = TimeSpan.FromSeconds(3) });

        Assert.Equal(["cpu", "gc_pause", "pool_queue"], set.Names);
        Assert.Equal([null, null, null, "cpu"], Observe(set, 0, 4, cpu: 0.9));
        Assert.Equal([null, null, null, "gc_pause"], Observe(set, 10, 4, gc: 0.2));
        Assert.Equal([null, null, null, "pool_queue"], Observe(set, 20, 4, queue: 51));
        Assert.Equal([null, null, null, null], Observe(set, 30, 4, cpu: 0.7, gc: 0.01, queue: 3));
    }

    [Fact]
    public void The_flags_of_a_sample_have_room_for_every_name()
    {
        var options = new TriggerOptions { Cpu = 0.8, GcPause = 0.1, PoolQueue = 50 };
        for (int i = 0; i < TriggerSet.MaxRoutes; i++)
        {
            options.RouteP95[$"/{i}"] = TimeSpan.FromSeconds(1);
        }

        int last = new TriggerSet(options).Names.Count() + 1; // the boost on demand comes first
        Assert.Equal(last, SampleFlagsExtensions.OfTrigger(last).Trigger());
    }

    [Fact]
    public void A_trigger_keeps_quiet_while_it_cools_down_and_says_how_often()
    {
        var set = new TriggerSet(new TriggerOptions { Cpu = 0.5, For = TimeSpan.Zero, CoolDown = TimeSpan.FromSeconds(10) });

        var fired = Observe(set, 0, 25, cpu: 1);
        Assert.Equal([0, 10, 20], Enumerable.Range(0, 25).Where(i => fired[i] is not null));
        Assert.Equal(22, set.Suppressed);
    }

    [Fact]
    public void A_slow_route_fires_and_others_do_not()
    {
        var set = new TriggerSet(new TriggerOptions
        {
            RouteP95 = { ["/slow"] = TimeSpan.FromMilliseconds(100), ["/other"] = TimeSpan.FromMilliseconds(100) },
            For = TimeSpan.Zero,
        });
        for (int i = 0; i < 40; i++)
        {
            set.AddRequest("/slow", Second, i % 10 == 0 ? 300_000_000 : 1_000_000);
            set.AddRequest("/other", Second, 1_000_000);
            set.AddRequest("/unknown", Second, 3 * Second);
            set.AddRequest(null, Second, 3 * Second);
        }

        Assert.Equal("p95:/slow", set.Observe(new TriggerInput(2 * Second, 0, 0, 0))?.Name);
        Assert.Null(new TriggerSet(new TriggerOptions()).Observe(new TriggerInput(0, 1, 1, 1_000)));
    }

    private static List<string?> Observe(TriggerSet set, int from, int count, double cpu = 0, double gc = 0, long queue = 0) =>
        [.. Enumerable.Range(from, count).Select(i => set.Observe(new TriggerInput(i * Second, cpu, gc, queue))?.Name)];
}
