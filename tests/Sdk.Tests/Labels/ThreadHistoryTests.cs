using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public sealed class ThreadHistoryTests
{
    private readonly LabelCounters _counters = new();

    [Fact]
    public void What_is_kept_is_found_whatever_was_added_and_forgotten_in_between()
    {
        var budget = new EntryBudget(LabelLimits.EntriesInAll);
        var history = new ThreadHistory(new HistoryPages(budget), _counters);
        var random = new Random(5);
        int added = 0, kept = 1;
        for (int round = 0; round < 300; round++)
        {
            int count = random.Next(round % 50 < 10 ? 6_000 : 40);
            for (int i = 0; i < count; i++)
            {
                history.Add(Entry(++added));
            }

            history.Advance(added, 1, Ignore);
            kept = Math.Max(kept, added - random.Next(round % 20 == 0 ? 10 : 30_000));
            history.Trim(kept);
            for (int i = 0; i < 20 && added > kept; i++)
            {
                int time = random.Next(kept, added + 1);
                Assert.Equal(time, history.Find(time)!.Value.Timestamp);
            }

            Assert.InRange(budget.Taken, 0, Math.Max(64, (added - kept + 1) * 8) + (2 * HistoryPages.PageEntries));
        }

        Assert.Equal(0, Volatile.Read(ref _counters.ChangesForgotten));
        history.Release();
        Assert.Equal(0, budget.Taken);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(1_024)]
    [InlineData(3_000)]
    [InlineData(1_000_000)]
    public void Without_room_the_oldest_is_forgotten(int room)
    {
        var history = new ThreadHistory(new HistoryPages(new EntryBudget(room)), _counters);
        const int Added = LabelLimits.EntriesPerThread + 5_000;
        for (int time = 1; time <= Added; time++)
        {
            history.Add(Entry(time));
            Assert.Equal(time, history.Newest.Timestamp);
        }

        Assert.Equal(Added - 7, history.Find(Added - 7)!.Value.Timestamp);
        Assert.Null(history.Find(2));
        Assert.NotEqual(0, Volatile.Read(ref _counters.ChangesForgotten));
    }

    private static RingEntry Entry(int time) => new(time, null, 0);

    private static void Ignore(in LabelInterval interval)
    {
    }
}
