using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class BudgetRecordTests
{
    private static readonly Duties Paused = Duties.Full with { Waits = 0 };

    private readonly BudgetRecord _record = new();

    [Fact]
    public void The_share_is_that_of_the_time_asked_about()
    {
        Assert.Equal(GovernorDecision.Unlimited, _record.Over(0, 100));
        Add(100, Duties.Full);
        Add(200, Paused);
        Add(300, Duties.Full with { Waits = 0.5, Kernel = 0.2 });

        Assert.Equal(0.5, _record.Over(0, 300).Duty.Waits, 6);
        Assert.Equal(2.2 / 3, _record.Over(0, 300).Duty.Kernel, 6);
        Assert.Equal(GovernorDecision.Unlimited, _record.Over(20, 80));
        Assert.Equal(0, _record.Over(100, 200).Duty.Waits, 6);
        Assert.Equal(0.5, _record.Over(50, 150).Duty.Waits, 6);
        Assert.Equal(0.5, _record.Over(250, long.MaxValue).Duty.Waits, 6);
    }

    [Fact]
    public void What_was_given_up_is_said_after_it_is_over()
    {
        Add(900, Paused, length: 900);
        Add(1_000, Duties.Full);

        Assert.StartsWith("Waits are collected 10 % of the time", Assert.Single(_record.Over(0, 1_000).GivenUp(TickUse.None)), StringComparison.Ordinal);
        Assert.StartsWith("Waits are off", Assert.Single(_record.Over(0, 500).GivenUp(TickUse.None)), StringComparison.Ordinal);
        Assert.Empty(_record.Over(900, 1_000).GivenUp(TickUse.None));
    }

    [Fact]
    public void Few_ticks_count_where_cpu_comes_from_them()
    {
        var few = GovernorDecision.Unlimited with { TicksPerSecond = 5 };
        _record.Add(100, 100, Duties.Full, few, TickUse.Wall);
        Assert.Empty(_record.Over(0, 100).GivenUp(TickUse.Cpu));

        _record.Add(200, 100, Duties.Full, few, TickUse.Cpu);
        Assert.Contains("5 times a second", Assert.Single(_record.Over(100, 200).GivenUp(TickUse.Cpu)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_that_was_exceeded_most_of_the_time_is_said()
    {
        _record.Add(100, 100, Duties.Full, GovernorDecision.Unlimited with { Exhausted = true }, TickUse.None);
        Add(150, Duties.Full, length: 50);

        Assert.True(_record.Over(0, 150).Exhausted);
        Assert.False(_record.Over(90, 150).Exhausted);
    }

    [Fact]
    public void Time_in_which_the_profiler_was_off_does_not_count()
    {
        Add(100, Duties.Full);
        _record.Add(1_000_000_000, 100, Paused, GovernorDecision.Unlimited, TickUse.None);

        Assert.Equal(0.5, _record.Over(0, 1_000_000_000).Duty.Waits, 6);
    }

    [Fact]
    public void What_is_long_ago_is_known_on_the_average()
    {
        const int Readings = 100_000;
        for (var i = 1; i <= Readings; i++)
        {
            Add(i * 100L, i % 3 == 0 ? Duties.Full : i % 3 == 1 ? Paused : Paused with { Exceptions = 0 });
        }

        Assert.Equal(1 / 3.0, _record.Over(0, long.MaxValue).Duty.Waits, 3);
        Assert.Equal(2 / 3.0, _record.Over(0, long.MaxValue).Duty.Exceptions, 3);
        Assert.Equal(1 / 3.0, _record.Over(Readings * 50L, Readings * 100L).Duty.Waits, 2);
        Assert.Equal(Paused, _record.Over((Readings - 1) * 100L, Readings * 100L).Duty);
    }

    private void Add(long until, Duties ran, long length = 100) =>
        _record.Add(until, length, ran, GovernorDecision.Unlimited, TickUse.None);
}
