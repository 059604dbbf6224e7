using SelfProfiler.Aggregate;
using SelfProfiler.History;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.History;

public sealed class HistoryStoreTests
{
    private const long Megabyte = 1024 * 1024;

    [Fact]
    public void Everything_is_exact_while_it_fits()
    {
        var store = new HistoryStore(Megabyte, _ => null);
        var expected = Enumerable.Range(0, 20).Select(i => Windows.Of(i, 10)).ToList();
        expected.ForEach(store.Add);

        var kept = store.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).ToList();
        Assert.Equal(expected.Select(window => window.From), kept.Select(window => window.From));
        Assert.Equal(expected.Select(window => window.Requests.Length), kept.Select(window => window.Requests.Length));
        Assert.Equal(Windows.Ask(expected).Sum(1), Windows.Ask(kept).Sum(1));
        var status = store.Status(0);
        Assert.Equal((0, 0), (status.Merged, status.Dropped));
        Assert.Equal(Windows.Epoch, status.ExactSince);
    }

    [Fact]
    public void A_day_stays_within_the_budget_and_no_value_is_lost()
    {
        var store = new HistoryStore(Megabyte, _ => null);
        long sum = 0;
        const int Count = 24 * 360;
        for (int i = 0; i < Count; i++)
        {
            var window = Windows.Of(i, 60);
            sum += window.Rows[(int)ProfileKind.Cpu].Sum(row => row.Value);
            store.Add(window);
            if (i % 500 == 0)
            {
                Assert.InRange(store.Status(0).Bytes, 1, Megabyte);
            }
        }

        var status = store.Status(0);
        Assert.InRange(status.Bytes, Megabyte / 2, Megabyte);
        Assert.Equal(Windows.Epoch, status.Since);
        Assert.Equal(0, status.Dropped);
        var all = store.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).ToList();
        Assert.Equal(sum, Windows.Ask(all).Sum(1));
        Assert.All(all.Zip(all.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.True(status.ExactSince < Windows.Epoch.AddSeconds((Count - 20) * 10), "the last minutes are exact");
        Assert.True(all[0].Duration > all[all.Count / 2].Duration, "the older, the coarser");
    }

    /// <summary>Their names live in history alone, and were not counted: a program that makes code all the time had several times its budget.</summary>
    [Fact]
    public void Names_of_code_that_is_gone_count_against_the_budget()
    {
        var store = new HistoryStore(Megabyte, _ => null);
        for (int i = 0; i < 300; i++)
        {
            var window = Windows.Of(i, 50);
            for (int frame = 2; frame < window.Frames.Length; frame++)
            {
                var body = new MethodBody
                {
                    Start = ((ulong)i << 32) | ((ulong)frame << 12),
                    Size = 64,
                    Namespace = "dynamicClass",
                    Name = new string('x', 400),
                    Signature = "int32 (int32)",
                    Removed = true,
                };
                window.Frames[frame] = new FrameKey(body, body.Start, null);
            }

            store.Add(window);
        }

        long names = store.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).SelectMany(window => window.Frames)
            .Select(frame => frame.Body).OfType<MethodBody>().Distinct().Sum(body => (long)body.Name.Length * sizeof(char));
        Assert.InRange(names, 1, Megabyte / 2);
        Assert.InRange(store.Status(0).Bytes, names, Megabyte);
    }

    [Fact]
    public void Old_windows_lose_traces_before_routes()
    {
        var store = new HistoryStore(Megabyte / 4, _ => null);
        for (int i = 0; i < 200; i++)
        {
            store.Add(Windows.Of(i, 50));
        }

        var all = store.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).ToList();
        Assert.Equal(0, Windows.Ask(all, new ProfileFilter { TraceId = $"{Windows.TraceOf(0, 1):x32}" }).SampleCount);
        Assert.InRange(Windows.Ask(all, new ProfileFilter { TraceId = $"{Windows.TraceOf(199, 1):x32}" }).Sum(1), 9_999_000, 10_001_000);
        var route = Windows.Ask(all, new ProfileFilter { Route = "/route2" });
        Assert.Equal(200 * 50 / Windows.RouteCount, route.Sum(0));
    }

    [Fact]
    public void A_request_that_outlived_its_window_gets_its_end_before_its_slot_is_taken_over()
    {
        var store = new HistoryStore(Megabyte, id => id.Slot == 0 ? new RequestInfo(id, 0, 1, 7, 1, 0, 200, 0, 9_000_000_000) : null);
        store.Add(Windows.Of(0, 2, ended: false));
        store.Add(Windows.Of(1, 2));

        var first = store.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).First();
        Assert.Equal(9_000_000_000, first.Requests[0].End);
        Assert.Equal(first.To, first.Requests[1].End); // gone without a trace: its window is the last that is known of it
        Assert.Equal(2, Windows.Ask([first], new ProfileFilter { MinDuration = TimeSpan.FromSeconds(8) }).Sum(0));
    }

    [Fact]
    public void Only_windows_that_touch_the_interval_are_found()
    {
        var store = new HistoryStore(Megabyte, _ => null);
        for (int i = 0; i < 10; i++)
        {
            store.Add(Windows.Of(i, 1));
        }

        var found = store.Between(Windows.Epoch.AddSeconds(20), Windows.Epoch.AddSeconds(40)).ToList();
        Assert.Equal([20, 30], found.Select(window => (window.Start - Windows.Epoch).TotalSeconds));
    }

    [Fact]
    public void Something_is_there_even_when_a_single_window_is_beyond_the_budget()
    {
        var store = new HistoryStore(40_000, _ => null);
        store.Add(Windows.Of(0, 5_000, stacks: 2_000));
        store.Add(Windows.Of(1, 5_000, stacks: 2_000));

        var status = store.Status(0);
        Assert.InRange(status.Bytes, 0, 40_000);
        Assert.True(status.Merged + status.Dropped > 0);
        Assert.Null(status.ExactSince);
    }

    [Fact]
    public void Rows_beyond_the_limit_lose_their_stack_but_not_their_route_or_value()
    {
        var merger = new WindowMerger(100);
        var window = Windows.Of(0, 2_000, stacks: 1_000);
        var tables = new StackTables();
        var merged = merger.Merge([new WindowPacker(tables).Pack(window)], tables.View);

        Assert.InRange(merged.Rows[(int)ProfileKind.Cpu].Length, 70, 100);
        Assert.True(merger.Folded > 0);
        Assert.Equal(Windows.Ask([window]).Sum(1), Windows.Ask([merged]).Sum(1));
        long ofRoute = Windows.Ask([window], new ProfileFilter { Route = "/route3" }).Sum(1);
        Assert.InRange(Windows.Ask([merged], new ProfileFilter { Route = "/route3" }).Sum(1), ofRoute - 400_000, ofRoute + 400_000); // rows are kept in µs
        Assert.True(merged.NodeParent.Length < 100);
    }
}
