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

    [Theory]
    [InlineData(2 * HistoryPages.PageEntries)]
    [InlineData(40)]
    public void A_thread_that_begins_has_room_although_others_have_taken_all(int changes)
    {
        const int Others = 8;
        var budget = new EntryBudget(Others * 2 * HistoryPages.PageEntries);
        var pages = new HistoryPages(budget);
        var others = Histories(pages, Others);
        int time = 0;
        while (time < Others * 2 * HistoryPages.PageEntries)
        {
            others[time % Others].Add(Entry(++time));
        }

        Array.ForEach(others, history => history.Advance(time, 1, Ignore));
        var begins = new ThreadHistory(pages, _counters);
        int first = time + 1;
        for (int i = 0; i < changes; i++)
        {
            begins.Add(Entry(++time));
        }

        Assert.Equal(first, begins.Find(first)?.Timestamp);
        Assert.All(others, history => Assert.NotNull(history.Find(first)));
        Assert.Equal(0, Volatile.Read(ref _counters.ChangesForgotten));
        Assert.InRange(budget.Taken, 0, Others * 2 * HistoryPages.PageEntries);
    }

    [Theory]
    [InlineData(4, 32)]
    [InlineData(40, 64)]
    [InlineData(200, 64)]
    public void Without_room_all_threads_are_known_as_far_back_as_the_others(int threads, int room)
    {
        var budget = new EntryBudget(room * HistoryPages.PageEntries);
        var pages = new HistoryPages(budget);
        var histories = Histories(pages, threads);
        var random = new Random(7);
        int time = 0;
        for (int round = 0; round < 200; round++)
        {
            int fewest = random.Next(threads); // each round others work most
            for (int i = 0; i < 1_000; i++)
            {
                histories[(fewest + (int)(threads * Math.Pow(random.NextDouble(), 3))) % threads].Add(Entry(++time));
            }

            Array.ForEach(histories, history => history.Advance(time, 1, Ignore));
            int back = Math.Max(1, time - (room * HistoryPages.PageEntries / 4));
            Assert.All(histories, history => Assert.NotNull(history.Find(back)));
            Assert.InRange(budget.Taken, 0, room * HistoryPages.PageEntries);
        }

        Assert.Equal(0, Volatile.Read(ref _counters.ChangesForgotten));
        Array.ForEach(histories, history => history.Release());
        Assert.Equal(0, budget.Taken);
    }

    private ThreadHistory[] Histories(HistoryPages pages, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new ThreadHistory(pages, _counters))];

    private static RingEntry Entry(int time) => new(time, null, 0);

    private static void Ignore(in LabelInterval interval)
    {
    }
}
