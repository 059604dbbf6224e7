using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class SelfCostTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void A_suspension_costs_what_the_application_wanted_to_burn_and_the_sampler()
    {
        // One processor's worth of work, two processors: the application loses one, the sampler takes the other.
        Assert.Equal(200_000_000, Ticks(suspendedMs: 100, appMs: 900, cpus: 2), 1e6);

        // Saturated: there is nothing beyond the two.
        Assert.Equal(200_000_000, Ticks(suspendedMs: 100, appMs: 1_800, cpus: 2), 1e6);

        // Idle: only the sampler.
        Assert.Equal(100_000_000, Ticks(suspendedMs: 100, appMs: 0, cpus: 2), 1e6);

        // A quota below one processor is charged what is burnt.
        Assert.Equal(20_000_000, Ticks(suspendedMs: 100, appMs: 100, cpus: 0.2, samplerMs: 10), 1e6);
    }

    [Fact]
    public void A_sampler_that_waits_for_a_processor_takes_none()
    {
        // Other programs have the processors: the application loses what it gets on the average.
        Assert.Equal(45_500_000 + 10_000_000, Ticks(suspendedMs: 100, appMs: 450, cpus: 2, samplerMs: 10), 1e6);
    }

    [Fact]
    public void The_samplers_own_time_is_not_counted_twice()
    {
        var cost = new SelfCost((_, _) => 0);
        cost.CountTickSuspension(100_000_000);

        var report = cost.Close(Second, 2, [Thread(ThreadKind.EventPipe, 130), Thread(ThreadKind.Own, 10), Thread(ThreadKind.App, 500)], 0);

        Assert.Equal(40_000_000, report[CostSource.Base], 1.0);
        Assert.Equal(1, report.Suspensions);
        Assert.Equal(100_000_000, report.SuspendedNs);
    }

    [Fact]
    public void Events_are_charged_for_writing_and_for_handling()
    {
        var cost = new SelfCost((source, frames) => source == CostSource.Waits ? 1_000 + (100 * frames) : 0);
        for (var i = 0; i < 1_000; i++)
        {
            cost.CountEvent(CostSource.Waits, 20);
        }

        var report = cost.Close(Second, 2, [Thread(ThreadKind.Own, 2)], 0);

        Assert.Equal(1_000 * (3_000 + 2_000), report[CostSource.Waits], 1.0);
        Assert.Equal(0, report[CostSource.Base], 1.0);
        Assert.Equal(0.0025, report.Share, 5);
    }

    [Fact]
    public void A_few_events_do_not_explain_a_busy_pump()
    {
        var cost = new SelfCost((_, _) => 0);
        cost.CountEvent(CostSource.Exceptions, 5);

        var report = cost.Close(Second, 2, [Thread(ThreadKind.Own, 50)], 0);

        Assert.InRange(report[CostSource.Exceptions], 1, 5_000);
        Assert.InRange(report[CostSource.Base], 49_000_000, 50_000_000);
    }

    [Fact]
    public void Lists_of_methods_and_labels_have_their_own_lines()
    {
        var cost = new SelfCost((_, _) => 0);
        cost.CountLabels(new LabelCounts(Changes: 100_000, CostNs: 17_000_000));
        cost.CountRundown(30_000_000);

        var report = cost.Close(Second, 2, [Thread(ThreadKind.EventPipe, 40), Thread(ThreadKind.Gc, 7)], endedNs: 3_000_000);

        Assert.Equal(30_000_000, report[CostSource.Rundown]);
        Assert.Equal(10_000_000, report[CostSource.Base]);
        Assert.Equal(17_000_000, report[CostSource.Labels]);
        Assert.Equal(10_000_000, report.AppNs);
    }

    [Fact]
    public void The_last_seconds_are_the_sum_of_their_periods()
    {
        var cost = new SelfCost((_, _) => 0);
        Assert.Equal(0, cost.Over(Second).Share);
        for (var i = 1; i <= 100; i++)
        {
            cost.Close(Second / 4, 2, [Thread(ThreadKind.Own, i)], 0);
        }

        var last = cost.Over(Second);

        Assert.Equal(Second, last.WallNs);
        Assert.Equal((97 + 98 + 99 + 100) * 1e6, last.TotalNs);
        Assert.Equal(5_050 * 1e6, cost.Total.TotalNs);
        Assert.Equal(64 * Second / 4, cost.Over(1_000 * Second).WallNs);
    }

    [Fact]
    public void Reckoning_allocates_nothing()
    {
        var cost = new SelfCost((_, _) => 1);
        ThreadCpu[] threads = [Thread(ThreadKind.Own, 1), Thread(ThreadKind.App, 100)];
        Period();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Period();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Period()
        {
            cost.CountEvent(CostSource.Allocations, 10);
            cost.CountTickSuspension(10);
            cost.Close(Second, 2, threads, 0);
            cost.Over(5 * Second);
        }
    }

    private static double Ticks(int suspendedMs, int appMs, double cpus, int? samplerMs = null)
    {
        var cost = new SelfCost((_, _) => 0);
        cost.CountTickSuspension(suspendedMs * 1_000_000L);
        return cost.Close(Second, cpus, [Thread(ThreadKind.App, appMs), Thread(ThreadKind.EventPipe, samplerMs ?? suspendedMs)], 0)[CostSource.Ticks];
    }

    private static ThreadCpu Thread(ThreadKind kind, int milliseconds) => new(1, 1, kind, milliseconds * 1_000_000L, 0, 0, 0);
}
