using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class GovernorPolicyTests
{
    private const double Budget = 0.005;

    [Fact]
    public void Cheap_sessions_run_all_the_time_and_ticks_take_what_is_left()
    {
        var load = new SimulatedLoad();

        load.Run(60);

        Assert.Equal(Duties.Full, load.Decision.Duty);
        Assert.InRange(load.Average(30), Budget * 0.3, Budget);
        Assert.InRange(load.Decision.TicksPerSecond, 10, 50);
        Assert.Single(load.Decisions.Skip(10).Select(d => d.Duty).Distinct());
    }

    [Fact]
    public void An_explosion_of_threads_is_answered_within_five_seconds()
    {
        var load = new SimulatedLoad();
        load.Run(60);

        load.Threads = 2_000;
        load.Run(60);

        Assert.True(load.Seconds.Skip(65).Average() <= Budget, $"{load.Seconds.Skip(65).Average():P3}");
        Assert.True(load.Decision.Relax > 0);
        load.Threads = 20;
        load.Run(180);
        Assert.InRange(load.Average(30), Budget * 0.4, Budget);
    }

    [Fact]
    public void A_storm_of_waits_is_answered_within_five_seconds_and_leaves_the_others_alone()
    {
        var load = new SimulatedLoad();
        load.Run(60);

        load.Price[(int)Stoppable.Waits] = 0.4;
        load.Run(300);

        Assert.True(load.Seconds.Skip(65).Average() <= Budget * 1.1, $"{load.Seconds.Skip(65).Average():P3}");
        Assert.InRange(load.Decision.Duty.Waits, GovernorPolicy.SmallestDuty, 0.05);
        Assert.Equal(1, load.Decision.Duty.Allocations);
        Assert.Contains(load.Decision.GivenUp(TickUse.Cpu), sentence => sentence.StartsWith("Waits are collected", StringComparison.Ordinal));
    }

    [Fact]
    public void The_sessions_come_back_when_a_storm_is_over()
    {
        var load = new SimulatedLoad();
        load.Run(30);
        load.Price[(int)Stoppable.Exceptions] = 0.2;
        load.Run(60);
        Assert.InRange(load.Decision.Duty.Exceptions, 0, 0.1);

        load.Price[(int)Stoppable.Exceptions] = 0.0001;
        load.Run(400);

        Assert.Equal(1, load.Decision.Duty.Exceptions);
    }

    [Fact]
    public void A_steady_storm_does_not_make_it_oscillate()
    {
        var load = new SimulatedLoad();
        load.Price[(int)Stoppable.Contention] = 0.05;
        load.Run(60);
        var settled = load.Decisions.Count;

        load.Run(300);

        var duties = load.Decisions.Skip(settled).Select(d => d.Duty.Contention).ToList();
        var turns = duties.Zip(duties.Skip(1)).Count(pair => pair.First != pair.Second);
        Assert.InRange(turns, 0, 60);
        Assert.InRange(duties.Max() / duties.Min(), 1, 2.5);
        Assert.InRange(load.Average(300), Budget * 0.4, Budget * 1.05);
    }

    [Fact]
    public void All_sessions_storming_share_the_budget()
    {
        var load = new SimulatedLoad();
        Array.Fill(load.Price, 0.1, 0, (int)Stoppable.Kernel);

        load.Run(300);

        Assert.InRange(load.Seconds.Skip(5).Average(), Budget * 0.3, Budget * 1.1);
        Assert.All(Enumerable.Range(0, 4), i => Assert.InRange(load.Decision.Duty[(Stoppable)i], GovernorPolicy.SmallestDuty, 0.05));
        Assert.InRange(load.Decision.TicksPerSecond, 0.1, 99);
    }

    [Fact]
    public void A_fifth_of_a_processor_is_enough_to_go_on()
    {
        var load = new SimulatedLoad { Cpus = 0.2, FixedShare = 0.0003 };

        load.Run(300);

        Assert.InRange(load.Seconds.Skip(5).Average(), 0, Budget);
        Assert.InRange(load.Decision.TicksPerSecond, 0.1, 99);
        Assert.False(load.Decision.Exhausted);
    }

    [Fact]
    public void What_cannot_be_stopped_is_relaxed_and_then_said()
    {
        var load = new SimulatedLoad { Cpus = 0.2, FixedShare = 0.002 };

        load.Run(120);

        Assert.Equal(2, load.Decision.Relax);
        Assert.True(load.Decision.Exhausted);
        Assert.InRange(load.Decision.TicksPerSecond, 0, 1);
        Assert.InRange(load.Average(60), 0.01, 0.011);
    }

    [Fact]
    public void A_long_pause_is_no_storm()
    {
        var load = new SimulatedLoad();
        load.Run(60);

        load.Pause(8);
        load.Run(10);

        Assert.All(load.Decisions.Skip(60), decision => Assert.Equal(Duties.Full, decision.Duty));
        Assert.InRange(load.Average(10), Budget * 0.3, Budget);
    }

    [Fact]
    public void Bursts_of_our_own_work_do_not_switch_things_off()
    {
        var load = new SimulatedLoad();
        for (var i = 0; i < 20; i++)
        {
            load.FixedShare = 0.02;
            load.Run(1);
            load.FixedShare = 0.0003;
            load.Run(14);
        }

        Assert.All(load.Decisions.Skip(30), decision => Assert.Equal(Duties.Full, decision.Duty));
        Assert.InRange(load.Average(150), Budget * 0.5, Budget);
    }

    [Fact]
    public void An_idle_process_is_left_alone()
    {
        var load = new SimulatedLoad { TickUse = TickUse.None };
        Array.Fill(load.Price, 0.000001);

        load.Run(60);

        Assert.Equal(Duties.Full, load.Decision.Duty);
        Assert.Equal(0, load.Decision.TicksPerSecond);
        Assert.InRange(load.Average(30), 0, 0.001);
    }

    [Fact]
    public void Ticks_stay_on_where_the_runtime_makes_them_rare_and_they_are_cheap()
    {
        var load = new SimulatedLoad { TickRate = 16, Threads = 20 };

        load.Run(60);

        Assert.Equal(16, load.Decision.TicksPerSecond);
        Assert.InRange(load.Average(30), 0.001, Budget);
        load.Threads = 2_000;
        load.Run(20);
        Assert.InRange(load.Decision.TicksPerSecond, 0, 8);
    }

    [Fact]
    public void Wall_ticks_take_a_fifth_of_a_percent_at_most()
    {
        var load = new SimulatedLoad { TickUse = TickUse.Wall, Budget = 0.05 };

        load.Run(60);

        Assert.InRange(load.Average(30), 0.001, 0.0035);
    }

    [Fact]
    public void A_list_of_methods_is_paid_from_savings()
    {
        var policy = new GovernorPolicy();
        var allowed = 0;
        for (var second = 1; second <= 3_600; second++)
        {
            var decision = policy.Decide(new GovernorInput
            {
                Now = second * 1_000_000_000L,
                Budget = Budget,
                UsableCpus = 2,
                WallNs = 1_000_000_000,
                FixedNs = 1_000_000,
                Threads = 20,
                Ticks = 0,
                TicksNs = 0,
                TickRate = 0,
                TickUse = TickUse.None,
                Sources = new SourceCost[GovernorInput.Stoppables],
            });
            if (decision.RundownAllowed)
            {
                allowed++;
                policy.RundownMade(200_000_000);
            }
        }

        // A fifth of 0.5 % of two processors for an hour is 6.5 s of CPU; 0.45 s are there at the start.
        Assert.InRange(allowed, 30, 36);
    }

    [Fact]
    public void Samples_of_cpu_that_cost_next_to_nothing_are_taken_all_the_time_whatever_the_rest_costs()
    {
        // Requests that are labelled take all of the budget; waits and allocations storm.
        var load = new SimulatedLoad { TickUse = TickUse.None, FixedShare = 0.0095 };
        load.Price[(int)Stoppable.Kernel] = 99 * 7e-6 * 2; // 99 times a second on both processors, 2 µs for the kernel and 5 for the pump
        load.Price[(int)Stoppable.Waits] = load.Price[(int)Stoppable.Allocations] = 0.02;
        load.Run(120);

        Assert.All(load.Decisions, decision => Assert.Equal(1, decision.Duty.Kernel));
        Assert.InRange(load.Decision.Duty.Waits, GovernorPolicy.SmallestDuty, 0.05);
        Assert.InRange(load.Decision.Duty.Allocations, GovernorPolicy.SmallestDuty, 0.05);
        Assert.InRange(load.Average(60), Budget * 0.9, Budget * 1.4);
    }

    [Fact]
    public void Dear_context_switches_thin_the_samples_of_cpu_to_what_fits()
    {
        var load = new SimulatedLoad { TickUse = TickUse.None };
        load.Price[(int)Stoppable.Kernel] = 0.02;
        load.Run(120);

        Assert.InRange(load.Decision.Duty.Kernel, 0.15, 0.5);
        Assert.InRange(load.Average(60), Budget * 0.5, Budget * 1.1);
        Assert.Equal(1, load.Decision.Duty.Waits);
        Assert.Contains("CAP_PERFMON", GovernorDecision.KernelThinned(load.Decision.Duty.Kernel, ofThreads: true));
        Assert.EndsWith("% of the time, to keep the overhead budget.", GovernorDecision.KernelThinned(load.Decision.Duty.Kernel, ofThreads: false));

        load.Price[(int)Stoppable.Kernel] = 0.001;
        load.Run(400);
        Assert.Equal(1, load.Decision.Duty.Kernel);
        Assert.Null(GovernorDecision.KernelThinned(load.Decision.Duty.Kernel, ofThreads: true));
    }

    [Fact]
    public void Samples_of_cpu_are_taken_a_tenth_of_the_time_whatever_they_cost_and_the_others_go_on()
    {
        var load = new SimulatedLoad { TickUse = TickUse.None, SwitchesShare = 0.02 };
        load.Price[(int)Stoppable.Kernel] = 0.5;
        load.Run(120);

        Assert.Equal(GovernorPolicy.SmallestKernelDuty, load.Decision.Duty.Kernel);
        Assert.True(load.Decision.Exhausted);
        Assert.Equal(0, load.Decision.Relax);
        Assert.Equal((1.0, 1.0, 1.0, 1.0), (load.Decision.Duty.Waits, load.Decision.Duty.Exceptions, load.Decision.Duty.Contention, load.Decision.Duty.Allocations));
    }

    [Fact]
    public void A_capture_gets_the_samples_of_cpu_that_its_budget_allows()
    {
        var load = new SimulatedLoad { TickUse = TickUse.None };
        load.Price[(int)Stoppable.Kernel] = 0.025;
        load.Run(60);
        Assert.True(load.Decision.Duty.Kernel < 0.5);

        load.Budget = 0.02;
        load.Run(2);
        Assert.Equal(1, load.Decision.Duty.Kernel);
    }

    [Fact]
    public void A_larger_budget_is_used_at_once()
    {
        var load = new SimulatedLoad { Threads = 200 };
        load.Price[(int)Stoppable.Waits] = 0.05;
        load.Run(120);
        var before = (load.Decision.Duty.Waits, Ticks: load.Decision.TicksPerSecond);

        load.Budget = 0.05;
        load.Run(2);

        Assert.True(load.Decision.Duty.Waits > before.Waits * 3);
        Assert.True(load.Decision.TicksPerSecond > before.Ticks * 3);
    }
}
