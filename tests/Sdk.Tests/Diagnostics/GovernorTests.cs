using SelfProfiler.Decode;
using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class GovernorTests
{
    private const long Quarter = 250_000_000;

    private readonly Dictionary<Stoppable, bool> _runs = [];
    private readonly Governor _governor;
    private double _ticks = -1;
    private long _now = 1_000_000_000;

    public GovernorTests()
    {
        _governor = new Governor((_, frames) => 1_000 + (100 * frames), new GovernorLevers(ticks => _ticks = ticks, (source, run) => _runs[source] = run), new Random(1)) { AskedBudget = 0.02 };
        _governor.UsableCpus = 2;
        _governor.Want(Stoppable.Waits, true);
        _governor.Want(Stoppable.Contention, true);
    }

    [Fact]
    public void Wanted_sessions_start_with_the_first_turn()
    {
        Run(1);

        Assert.Equal(new Dictionary<Stoppable, bool> { [Stoppable.Waits] = true, [Stoppable.Contention] = true }, _runs);
        Assert.Equal(1, _governor.Weight(Stoppable.Waits));
    }

    [Fact]
    public void A_storm_stops_its_session_and_gives_its_events_weight()
    {
        Run(8);

        // 20,000 waits in a second at 3 µs: 3 % of two processors.
        Run(8, waits: 5_000);

        Assert.False(_runs[Stoppable.Waits]);
        Assert.True(_runs[Stoppable.Contention]);
        Assert.Contains("Waits are collected", Assert.Single(_governor.View.GivenUp));
        Assert.InRange(_governor.View.Share, 0.003, 0.05);
        Assert.InRange(_governor.View.BySource[(int)CostSource.Waits], 0.003, 0.05);

        for (var i = 0; i < 1_000 && !_runs[Stoppable.Waits]; i++)
        {
            Run(1);
        }

        Assert.InRange(_governor.Weight(Stoppable.Waits), 2, 1_000);
    }

    [Fact]
    public void It_tells_which_part_of_a_reading_s_time_each_source_ran()
    {
        Run(8);
        Assert.Equal(Duties.Full, _governor.Ran(Quarter));
        Run(8, waits: 5_000);
        Run(1);

        Assert.Equal(Duties.Full with { Waits = 0 }, _governor.Ran(Quarter));
        for (var i = 0; i < 1_000 && !_runs[Stoppable.Waits]; i++)
        {
            Run(1);
        }

        _governor.OnTurn(_now + Quarter);
        Assert.Equal(1, _governor.Ran(Quarter).Waits);
    }

    /// <summary>Weighed as if the window after a night's rest stood for the night, its waits were hours.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_switched_off_by_somebody_is_not_made_up_for(bool all)
    {
        Run(8);
        Run(8, waits: 5_000);
        Assert.False(_runs[Stoppable.Waits]);

        if (all)
        {
            _governor.Forget();
            _now += 8L * 3_600_000_000_000;
        }
        else
        {
            _governor.Want(Stoppable.Waits, false);
            Run(4 * 3_600);
            _governor.Want(Stoppable.Waits, true);
        }

        var most = 0.0;
        for (var i = 0; i < 1_000; i++)
        {
            Run(1, waits: _runs[Stoppable.Waits] ? 5_000 : 0);
            most = Math.Max(most, _governor.Weight(Stoppable.Waits));
        }

        Assert.InRange(most, 2, 1_000);
    }

    [Fact]
    public void It_says_when_it_wants_to_come_again()
    {
        Run(8);
        Assert.Equal(long.MaxValue, _governor.NextEdge);

        Run(8, waits: 5_000);

        Assert.InRange(_governor.NextEdge, _now, _now + 60_000_000_000);
    }

    [Fact]
    public void Switched_off_it_lets_everything_run_and_shows_the_cost()
    {
        _governor.Enabled = false;
        _governor.TickUse = TickUse.Cpu;

        Run(16, waits: 5_000);

        Assert.True(_runs[Stoppable.Waits]);
        Assert.Equal(1_000, _ticks);
        Assert.Empty(_governor.View.GivenUp);
        Assert.InRange(_governor.View.Share, 0.005, 0.05);
    }

    [Fact]
    public void Ticks_follow_the_budget_and_a_boost()
    {
        _governor.TickUse = TickUse.Cpu;
        _governor.TickRate = 950;
        Run(8);
        var ordinary = _ticks;

        _governor.Boost(0.05, _now + (4 * Quarter * 4), _now);
        _governor.Boost(0.02, _now + Quarter, _now); // a smaller one takes nothing away
        Run(8);
        var boosted = _ticks;
        Assert.Equal(0.05, _governor.View.Budget);
        Run(24);
        Assert.Equal(_governor.Budget, _governor.View.Budget);

        Assert.InRange(ordinary, 1, 99);
        Assert.True(boosted > ordinary);
        Assert.Equal(ordinary, _ticks, 0.1 * ordinary);
    }

    [Fact]
    public void A_list_of_methods_is_charged_what_it_burnt_beyond_the_usual()
    {
        Run(40);

        _governor.ListsMethods = true;
        Run(1, ownMs: 101);
        _governor.ListsMethods = false;

        Assert.InRange(_governor.Cost.Last[CostSource.Rundown], 99_000_000, 101_000_000);
    }

    [Fact]
    public void A_list_of_methods_takes_nothing_from_the_other_sources()
    {
        Run(120, waits: 30);
        Assert.Equal(1, _governor.Decision.Duty.Waits);

        _governor.ListsMethods = true;
        Run(2, waits: 30, ownMs: 75);
        _governor.ListsMethods = false;
        for (var i = 0; i < 120; i++)
        {
            Run(1, waits: 30);
            Assert.Equal(1, _governor.Decision.Duty.Waits);
        }

        Assert.True(_governor.Decision.RundownAllowed); // two more are saved
    }

    [Fact]
    public void Context_switches_are_charged_to_the_kernels_samples_and_thin_them_until_somebody_asks()
    {
        _governor.Want(Stoppable.Kernel, true);
        Run(8);
        Assert.Equal(1, _governor.Decision.Duty.Kernel);
        Assert.True(_governor.KernelRanThroughout);

        // 10,000 switches a second at 2 µs: 1 % of two processors.
        Run(40, switches: 2_500);
        Assert.InRange(_governor.Decision.Duty.Kernel, GovernorPolicy.SmallestKernelDuty, 0.6);
        Assert.InRange(_governor.View.BySource[(int)CostSource.Kernel], 0.001, 0.009);
        for (var i = 0; i < 40 && _runs[Stoppable.Kernel]; i++)
        {
            Run(1, switches: 2_500);
        }

        Assert.False(_runs[Stoppable.Kernel]);
        Assert.False(_governor.KernelRanThroughout);
        _governor.AskForKernel();
        _governor.Boost(0.02, _now + (20 * Quarter), _now);
        Run(1, switches: 2_500);
        Assert.True(_runs[Stoppable.Kernel]);
        Run(12, switches: 2_500);
        Assert.Equal(1, _governor.Decision.Duty.Kernel);
    }

    [Fact]
    public void Whoever_waits_for_events_gets_all_of_his_own_time_and_no_more()
    {
        Run(8);
        Run(24, waits: 1_000);
        for (var i = 0; i < 400 && _runs[Stoppable.Waits]; i++)
        {
            Run(1, waits: 1_000);
        }

        Assert.False(_runs[Stoppable.Waits]);
        _governor.Ask(Stoppable.Waits, _now + (20 * Quarter));
        for (var i = 0; i < 20; i++)
        {
            Run(1, waits: 1_000);
            Assert.True(_runs[Stoppable.Waits]);
            Assert.Equal(1, _governor.Weight(Stoppable.Waits));
        }

        Assert.Equal(_governor.Budget + _governor.AskedBudget, _governor.View.Budget);
        Run(8, waits: 1_000);
        Assert.Equal(_governor.Budget, _governor.View.Budget);
        Assert.False(_runs[Stoppable.Waits]);
    }

    [Fact]
    public void Switched_off_it_charges_context_switches_and_thins_nothing()
    {
        _governor.Enabled = false;
        _governor.Want(Stoppable.Kernel, true);
        Run(40, switches: 25_000);
        Assert.True(_runs[Stoppable.Kernel]);
        Assert.True(_governor.KernelRanThroughout);
        Assert.InRange(_governor.View.Share, 0.05, 0.15);
    }

    private void Run(int periods, int waits = 0, double ownMs = 1, int switches = 0)
    {
        Span<ulong> stack = stackalloc ulong[20];
        for (var i = 0; i < periods; i++)
        {
            for (var event_ = 0; event_ < waits && _runs.GetValueOrDefault(Stoppable.Waits); event_++)
            {
                _governor.OnSample(new RawSample { Source = SampleSource.Wait, Thread = 1, Timestamp = _now, Addresses = stack });
            }

            _now += Quarter;
            _governor.OnTurn(_now);
            ThreadCpu[] threads =
            [
                new(1, 1, ThreadKind.App, Quarter * 3 / 2, 0, 0, 0),
                new(2, 2, ThreadKind.Own, (long)(ownMs * 1e6), 0, 0, 0),
                .. Enumerable.Repeat(new ThreadCpu(3, 3, ThreadKind.App, 0, 0, 0, 0), 40),
            ];
            _governor.CountSwitches(switches, SwitchPrice.PerThread, Quarter);
            _governor.OnClocks(_now, Quarter, threads, 0);
        }
    }
}
