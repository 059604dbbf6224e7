using SelfProfiler.Aggregate;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class SlackTests
{
    [Fact]
    public void A_burst_gives_its_room_back_and_keeps_what_is_in_use()
    {
        var list = new List<long>(100_000) { 7 };
        var table = new Dictionary<int, long>(100_000) { [7] = 7 };
        for (int period = 0; period < 10; period++)
        {
            Slack.Trim(list, used: 10);
            Slack.Trim(table, used: 10);
        }

        Assert.InRange(list.Capacity, 1, 1_024);
        Assert.InRange(table.Capacity, 1, 1_400); // sizes are primes
        Assert.Equal([7], list);
        Assert.Equal(7, table[7]);
    }

    [Fact]
    public void What_is_needed_every_time_stays()
    {
        var list = new List<long>(100_000);
        var table = new Dictionary<int, long>(100_000);
        int room = table.Capacity;

        Slack.Trim(list, used: 20_000);
        Slack.Trim(table, used: 20_000);

        Assert.Equal((100_000, room), (list.Capacity, table.Capacity));
    }
}
