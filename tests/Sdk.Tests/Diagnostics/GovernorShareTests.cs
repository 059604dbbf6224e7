using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

/// <summary>How much of the budget there is: by what the application uses, and for whoever waits.</summary>
public class GovernorShareTests
{
    private const double Budget = 0.005;

    /// <summary>0.5 % of a machine of which a third is used would be 1.5 % of what the application does.</summary>
    [Theory]
    [InlineData(2, 0.005)]
    [InlineData(0.66, 0.0025)]
    [InlineData(0.2, 0.0015)]
    [InlineData(0.01, 0.0015)]
    [InlineData(0.5, 0.00375, true)]
    [InlineData(0.01, 0.003, true)]
    public void What_an_application_uses_bounds_what_is_taken_from_it(double used, double share, bool ticks = false)
    {
        var load = new SimulatedLoad { TickUse = ticks ? TickUse.Cpu : TickUse.None, UsedCpus = used };
        load.Price[(int)Stoppable.Waits] = load.Price[(int)Stoppable.Allocations] = 0.1;

        load.Run(120);

        Assert.InRange(load.Average(90), share * 0.6, share * 1.1);
        Assert.False(load.Decision.Exhausted);
        Assert.Equal(used < 1, load.Decision.GivenUp(TickUse.None).Exists(sentence => sentence.Contains("uses as little as now", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_somebody_waits_for_is_not_bounded_by_what_an_application_uses()
    {
        var load = new SimulatedLoad { TickUse = TickUse.None, UsedCpus = 0.1 };
        load.Price[(int)Stoppable.Waits] = load.Price[(int)Stoppable.Allocations] = 0.03;
        load.Run(60);
        var before = load.Decision.Duty;
        Assert.InRange(before.Allocations, 0, 0.1);

        load.Asked = Stoppable.Allocations;
        load.Run(2);
        Assert.Equal(1, load.Decision.Duty.Allocations);
        Assert.InRange(load.Decision.Duty.Waits, before.Waits, 0.12);

        load.Asked = null;
        load.Run(5);
        Assert.InRange(load.Decision.Duty.Allocations, 0, 0.1);
    }

    [Fact]
    public void It_has_a_budget_of_its_own_and_no_more()
    {
        var load = new SimulatedLoad { TickUse = TickUse.None, Asked = Stoppable.Exceptions };
        load.Price[(int)Stoppable.Exceptions] = 0.4;

        load.Run(60);

        Assert.InRange(load.Average(50), 0.01, (0.02 + Budget) * 1.1);
    }
}
