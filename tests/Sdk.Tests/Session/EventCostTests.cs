using SelfProfiler.Diagnostics;
using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class EventCostTests
{
    [Fact]
    public void Deeper_stacks_cost_more_and_nothing_is_free()
    {
        foreach (var source in (CostSource[])[CostSource.Allocations, CostSource.Exceptions, CostSource.Contention, CostSource.Waits])
        {
            double last = 0;
            for (int frames = 0; frames <= 128; frames++)
            {
                double cost = EventCost.Nanoseconds(source, frames);
                Assert.InRange(cost, Math.Max(300, last), 30_000);
                last = cost;
            }
        }
    }

    [Theory]
    [InlineData(10, 3_300)]
    [InlineData(40, 7_050)]
    [InlineData(100, 14_900)]
    public void Between_the_measured_depths_lies_a_straight_line(double frames, double cost) =>
        Assert.Equal(cost, EventCost.Nanoseconds(CostSource.Allocations, frames), 1.0);
}
