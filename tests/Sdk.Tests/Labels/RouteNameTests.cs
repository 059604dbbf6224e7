using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public sealed class RouteNameTests
{
    private readonly LabelCounters _counters = new();

    [Fact]
    public void A_name_has_the_number_its_text_has_in_each_table()
    {
        var name = new RouteName("/orders/{id}");
        var first = new RouteTable(_counters);
        var second = new RouteTable(_counters, max: 8);
        foreach (var table in (RouteTable[])[first, first, second, first])
        {
            Assert.Equal("/orders/{id}", table.Text(name.NumberIn(table)));
        }
    }

    [Fact]
    public void A_route_beyond_the_limit_is_counted_each_time()
    {
        var table = new RouteTable(_counters, max: 1);
        _ = table.Intern("/a");
        var name = new RouteName("/b");

        Assert.Equal(RouteTable.Overflow, name.NumberIn(table));
        Assert.Equal(RouteTable.Overflow, name.NumberIn(table));
        Assert.Equal(2, _counters.RoutesOverflowed);
    }
}
