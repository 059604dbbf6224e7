using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Labels;
using SelfProfiler.Sdk.Tests.History;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

/// <summary>What happens when there is no room for further stacks.</summary>
public sealed class StackRoomTests
{
    private const int Most = 1_024;

    private readonly StackTrie _trie = new();
    private readonly FrameTable _frames = new(static _ => null);

    [Fact]
    public void Stacks_that_are_known_keep_their_names()
    {
        var stacks = new StackInterner(_trie, _frames, Most);
        int known = Intern(stacks, 1);
        int typed = Intern(stacks, 2, "System.Exception");
        for (ulong i = 3; _trie.Count < Most; i++)
        {
            _ = Intern(stacks, i);
        }

        Assert.Equal(known, Intern(stacks, 1));
        Assert.Equal(typed, Intern(stacks, 2, "System.Exception"));
        Assert.Equal(0, stacks.Overflowed);
        Assert.Equal(stacks.Overflow, Intern(stacks, 1_000_000));
        Assert.Equal(stacks.Overflow, Intern(stacks, 1, "System.Exception"));
        Assert.Equal(2, stacks.Overflowed);
    }

    /// <summary>They are kept for ever: with months of new code they would leave no room for anything else.</summary>
    [Fact]
    public void Tables_since_the_start_leave_half_the_room_to_the_others()
    {
        var requests = new RequestTable(new LabelCounters(), 256);
        var windows = new WindowSet();
        var sinceStart = new ProfileWindow(Kinds.Cumulative, 0, long.MaxValue, requests, maxCells: Most) { Cumulative = true };
        windows.Open(sinceStart);
        var compaction = Compaction(windows, requests);
        var stacks = new StackInterner(_trie, _frames, Most);
        for (ulong i = 1; _trie.Count <= Most / 2 + 100; i++)
        {
            Count(windows, Intern(stacks, i));
        }

        Assert.True(compaction.RunIfGrown(1));
        int rows = sinceStart.CellsOf(ProfileKind.Exceptions)!.Count;
        int overflow = stacks.Overflow;
        Count(windows, Intern(stacks, 1_000_000), overflow);
        Count(windows, Intern(stacks, 2_000_000), overflow);

        Assert.Equal(rows + 1, sinceStart.CellsOf(ProfileKind.Exceptions)!.Count);
        Assert.Equal((2, 0), (windows.OverflowedSinceStart, windows.Overflowed));
    }

    [Fact]
    public void A_sample_without_room_is_counted_where_it_is_missing()
    {
        var requests = new RequestTable(new LabelCounters(), 256);
        var windows = new WindowSet();
        windows.Open(new ProfileWindow(Kinds.Only(ProfileKind.Exceptions), 0, long.MaxValue, requests, maxCells: 3));
        var sinceStart = new ProfileWindow(Kinds.Cumulative, 0, long.MaxValue, requests, maxCells: 4) { Cumulative = true };
        windows.Open(sinceStart);
        for (int stack = 1; stack <= 6; stack++)
        {
            Count(windows, stack);
            Count(windows, 1);
        }

        Assert.Equal((3, 2), (windows.Overflowed, windows.OverflowedSinceStart));
        Assert.Equal((5, 4), sinceStart.Room); // with [overflow]
        windows.CloseCumulative();
        Assert.Equal((5, 5), sinceStart.Room);
    }

    [Fact]
    public void Where_compacting_wins_nothing_it_rests()
    {
        var requests = new RequestTable(new LabelCounters(), 256);
        var windows = new WindowSet();
        windows.Open(new ProfileWindow(Kinds.Only(ProfileKind.Exceptions), 0, long.MaxValue, requests, maxCells: Most));
        var compaction = Compaction(windows, requests);
        var stacks = new StackInterner(_trie, _frames, Most);
        for (ulong i = 1; _trie.Count < Most; i++)
        {
            Count(windows, Intern(stacks, i));
        }

        Assert.True(compaction.RunIfGrown(1));
        _ = stacks.Overflow;
        Count(windows, _trie.Child(StackTrie.Root, _frames.Intern("one more")));
        Assert.False(compaction.RunIfGrown(2_000_000_000));
        Assert.True(compaction.RunIfGrown(70_000_000_000));
    }

    /// <summary>At the limit nothing is added: whoever waited for more waited for ever.</summary>
    [Fact]
    public void A_table_that_is_full_to_the_last_node_is_compacted()
    {
        var requests = new RequestTable(new LabelCounters(), 256);
        var compaction = Compaction(new WindowSet(), requests);
        while (_trie.Count < Most / 2)
        {
            _trie.Child(StackTrie.Root, _frames.Intern("frame " + _trie.Count));
        }

        Assert.True(compaction.RunIfGrown(1));
        Assert.Equal(1, _trie.Count);
    }

    /// <summary>Code that comes and goes left its frames, bodies and names in the table until that was half full: megabytes, over days.</summary>
    [Fact]
    public void Stacks_nobody_needs_leave_long_before_the_table_is_full()
    {
        const int Room = 262_144;
        var requests = new RequestTable(new LabelCounters(), 256);
        var windows = new WindowSet();
        var open = new ProfileWindow(Kinds.Only(ProfileKind.Exceptions), 0, long.MaxValue, requests, maxCells: Most);
        windows.Open(open);
        var compaction = Compaction(windows, requests, Room);
        var stacks = new StackInterner(_trie, _frames, Room);
        Count(windows, Intern(stacks, 1));
        ulong made = 2;
        GrowTo(10_000);
        Assert.True(compaction.RunIfGrown(1));
        Assert.Equal(4, _trie.Count);
        Assert.Equal(4, _frames.Count);
        Assert.Equal(Intern(stacks, 1), open.CellsOf(ProfileKind.Exceptions)!.Key(0).Stack);

        GrowTo(10_000);
        Assert.False(compaction.RunIfGrown(2_000_000_000)); // there is room: no hurry
        GrowTo(Room / 2);
        Assert.True(compaction.RunIfGrown(3_000_000_000));
        Assert.Equal(4, _trie.Count);

        void GrowTo(int nodes)
        {
            for (; _trie.Count < nodes; made++)
            {
                _ = Intern(stacks, made);
            }
        }
    }

    [Fact]
    public void A_span_of_our_own_is_found_whatever_is_asked_for()
    {
        var window = Windows.Of(0, requests: 3);
        ref var row = ref window.Rows[(int)ProfileKind.Cpu][1];
        row = row with { Label = row.Label with { SpanId = 0 } }; // a request without an activity
        window.Requests[1] = window.Requests[1] with { RootSpanId = 9 };

        foreach (bool withoutLabels in new[] { false, true })
        {
            var profile = Windows.Ask([window], new ProfileFilter { SpanId = "0000000000000009", WithoutLabels = withoutLabels });
            Assert.Equal(1, profile.Sum(0));
        }
    }

    private StackCompaction Compaction(WindowSet windows, RequestTable requests, int most = Most)
    {
        var counters = new LabelCounters();
        var aggregator = new Aggregator(static _ => null, new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), requests, counters), requests);
        return new StackCompaction(
            _trie,
            _frames,
            windows,
            new CpuLedger(_trie, _frames, new Collections()),
            new WallLedger(_trie, _frames, static _ => 0, new ShortTimes()),
            aggregator.Waits,
            most);
    }

    private static void Count(WindowSet windows, int stack, int overflow = 0) =>
        windows.Add(ProfileKind.Exceptions, 1, new SampleKey(stack, default, 0, SampleFlags.None), 1, 0, overflow);

    private static int Intern(StackInterner stacks, ulong stack, string type = "") =>
        stacks.Intern(new RawSample { Source = SampleSource.Exception, Thread = 1, Timestamp = 1, Addresses = new ulong[] { stack << 20, (stack << 20) + 64, (stack << 20) + 128 }, TypeName = type });
}
