using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

/// <summary>Where the time goes that neither CPU nor an event explains. Requests 1 to 9 are of route 1, later ones of route 2.</summary>
public sealed class WallLedgerTests
{
    private readonly StackTrie _trie = new();
    private readonly FrameTable _frames = new(static _ => null);
    private readonly Dictionary<(string Stack, int Request), double> _rest = [];
    private readonly WallLedger _ledger;

    public WallLedgerTests() => _ledger = Ledger(shortest: 0);

    [Fact]
    public void Time_nobody_saw_is_not_running()
    {
        Work(request: 1, ns: 100, explained: 30);
        Close(1_000);

        Assert.Equal(70, _rest[("[not running]", 1)], 0.001);
        Assert.Equal(70, _ledger.RestNs, 0.001);
    }

    [Fact]
    public void Ticks_of_the_same_work_share_it()
    {
        Work(1, 100, 20);
        Tick(1, 500, "sleep");
        Tick(1, 600, "read");
        Close(1_000);

        Assert.Equal(40, _rest[("sleep", 1)], 0.001);
        Assert.Equal(40, _rest[("read", 1)], 0.001);
    }

    [Fact]
    public void A_thread_seen_running_only_waited_for_a_processor()
    {
        Work(1, 100, 20);
        Tick(1, 500, "compute", computing: true);
        Work(2, 100, 20);
        Tick(2, 500, "compute", computing: true);
        Tick(2, 600, "sleep");
        Close(1_000);

        Assert.Equal(80, _rest[("compute;[not running]", 1)], 0.001);
        Assert.Equal(80, _rest[("sleep", 2)], 0.001);
    }

    [Fact]
    public void Work_that_goes_on_stands_where_it_was_seen()
    {
        Work(1, 100, 0);
        Tick(1, 500, "sleep");
        Close(1_000);
        Work(1, 100, 0);
        Close(2_000);

        Assert.Equal(200, _rest[("sleep", 1)], 0.001);
    }

    [Fact]
    public void Requests_without_a_tick_stand_where_others_of_their_route_stood_for_a_minute()
    {
        Work(1, 100, 0);
        Tick(1, 500, "sleep");
        Close(1_000);
        Work(2, 50, 0);
        Work(12, 50, 0);
        Close(2_000);
        Work(3, 50, 0);
        Close(61_000_000_000);

        Assert.Equal(50, _rest[("sleep", 2)], 0.001);
        Assert.Equal(50, _rest[("[not running]", 12)], 0.001);
        Assert.Equal(50, _rest[("[not running]", 3)], 0.001);
    }

    [Fact]
    public void A_tick_of_the_next_period_waits_for_it()
    {
        Work(1, 100, 0);
        Tick(1, 1_500, "sleep");
        Close(1_000);
        Work(1, 100, 0);
        Close(2_000);

        Assert.Equal(100, _rest[("[not running]", 1)], 0.001);
        Assert.Equal(100, _rest[("sleep", 1)], 0.001);
    }

    [Fact]
    public void Stacks_survive_that_the_tables_are_compacted()
    {
        _trie.Child(StackTrie.Root, _frames.Intern("nobody"));
        Work(1, 100, 0);
        Tick(1, 500, "sleep");
        Close(1_000);
        Tick(1, 1_500, "read");
        bool[] live = new bool[_trie.Count];
        _ledger.MarkLive(live);
        _ledger.Renumber(_trie.Compact(live, _frames));
        Work(1, 100, 0);
        Work(2, 100, 0);
        Close(2_000);

        Assert.Equal(100, _rest[("read", 1)], 0.001);
        Assert.True(_rest.ContainsKey(("sleep", 2)) || _rest.ContainsKey(("read", 2)));
    }

    [Fact]
    public void Short_requests_add_up_by_route_and_what_explains_them_does_too()
    {
        var ledger = Ledger(shortest: 10_000);
        for (int i = 0; i < 10_000; i++)
        {
            int request = 1 + (i % 9); // of route 1
            ledger.OnRequest(new LabelInterval(request, Label(request), 0, 100, 0), 1);
            ledger.OnRequest(new LabelInterval(request + 10, Label(request + 10), 0, 300, 0), 2);
            if (i % 100 == 0)
            {
                ledger.Explained(request, Label(request), 4_000); // a sample stands for what forty requests took
            }
        }

        Close(ledger, 1_000);

        Assert.Equal(600_000 + 3_000_000, ledger.RestNs, 1);
        Assert.InRange(Sum(1), 600_000 - 20_000, 600_000);
        Assert.InRange(Sum(2), 3_000_000 - 20_000, 3_000_000);
        Assert.True(_rest.Keys.Count(key => key.Request < 10) > 4, "a route's time belongs to many of its requests");

        double Sum(int route) => _rest.Where(rest => (rest.Key.Request < 10 ? 1 : 2) == route).Sum(rest => rest.Value);
    }

    [Fact]
    public void A_long_request_is_counted_by_itself()
    {
        var ledger = Ledger(shortest: 10_000);
        ledger.OnRequest(new LabelInterval(1, Label(1), 0, 50_000, 0), 1);
        ledger.Explained(1, Label(1), 20_000);
        Close(ledger, 1_000);

        Assert.Equal(30_000, _rest[("[not running]", 1)], 0.001);
    }

    [Fact]
    public void A_tick_that_met_a_short_request_tells_where_its_route_stands()
    {
        var ledger = Ledger(shortest: 10_000);
        ledger.OnRequest(new LabelInterval(1, Label(1), 0, 100, 0), 1);
        Tick(ledger, 1, 500, "sleep");
        Close(ledger, 1_000);
        ledger.OnThread(new LabelInterval(2, Label(2), 0, 50_000, 0));
        Close(ledger, 2_000);

        Assert.Equal(50_000, _rest[("sleep", 2)], 0.001);
    }

    private WallLedger Ledger(long shortest) => new(_trie, _frames, static request => request.Slot < 10 ? 1 : 2, new ShortTimes(shortest));

    private static LabelRef Label(int request) => new(RequestId.Of(request, 1), 0, 0);

    private void Work(int request, double ns, double explained)
    {
        var label = Label(request);
        _ledger.OnThread(new LabelInterval(request, label, 0, (long)ns, 0));
        _ledger.Explained(request, label, explained);
    }

    private void Tick(int request, long time, string stack, bool computing = false) => Tick(_ledger, request, time, stack, computing);

    private void Tick(WallLedger ledger, int request, long time, string stack, bool computing = false) => ledger.Saw(new PendingSample
    {
        Thread = request,
        Timestamp = time,
        Key = new SampleKey(_trie.Child(StackTrie.Root, _frames.Intern(stack)), Label(request), 0, SampleFlags.None),
        Computing = computing,
    });

    private void Close(long until) => Close(_ledger, until);

    private void Close(WallLedger ledger, long until) => ledger.Close(until, [], (in PendingSample sample) =>
    {
        var key = (Text(sample.Key.Stack), sample.Key.Label.Request.Slot);
        _rest[key] = _rest.GetValueOrDefault(key) + sample.CpuNs;
    });

    private string Text(int stack)
    {
        var names = new List<string>();
        for (; stack != StackTrie.Root; stack = _trie.ParentOf(stack))
        {
            names.Insert(0, _frames.Get(_trie.FrameOf(stack)).Synthetic!);
        }

        return string.Join(';', names);
    }
}
