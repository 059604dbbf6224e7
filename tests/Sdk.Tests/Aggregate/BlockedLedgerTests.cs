using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

/// <summary>Wall-clock of threads that are blocked longer than a window lasts, or than their request does.</summary>
public sealed class BlockedLedgerTests
{
    private const long Second = 1_000_000_000;

    private readonly RequestTable _requests;
    private readonly LabelTimeline _labels;
    private readonly Aggregator _aggregator;
    private readonly ThreadSentinel _sentinel;
    private readonly int _thread = OsThread.CurrentId();
    private readonly long _start = Clock.Now;
    private readonly List<long> _open = []; // when those that are blocked still began

    public BlockedLedgerTests()
    {
        var counters = new LabelCounters();
        var supply = new RingSupply(counters);
        _requests = new RequestTable(counters, 256);
        _labels = new LabelTimeline(new ThreadTracks(supply, counters), _requests, counters);
        var pay = new MethodBody { Start = 0x1000, Size = 0x1000, Namespace = "Shop.Till", Name = "Pay", Signature = "void ()" };
        _aggregator = new Aggregator(_ => pay, _labels, _requests)
        {
            OpenWaits = (until, visit) => _open.ForEach(begin => visit(Wait(begin, until, open: true))),
        };
        _sentinel = supply.Rings.Take()!;
        _sentinel.Ring.Own(_thread, 1);
    }

    /// <summary>What hangs is what one looks for: nothing of it was in any window until it ended, and then what lay before the last one was lost.</summary>
    [Fact]
    public void Who_is_blocked_still_is_in_the_window_that_ends()
    {
        var id = Begin();
        var first = Open(0, 10);
        _open.Add(_start + (2 * Second));

        Assert.Equal(3 * Second, Wall(Seal(first, 5))); // a look at a window that goes on
        Assert.Equal(8 * Second, Wall(Seal(first, 10)));
        Assert.Equal(1, Seal(first, 10).Rows[(int)ProfileKind.Wall].Count(row => row.Label.Request == id));
        _aggregator.Windows.Close(first);
        var second = Open(10, 20);
        _open.Clear();
        _aggregator.OnSample(Wait(_start + (2 * Second), _start + (13 * Second), open: false), 1);

        Assert.Equal(3 * Second, Wall(Seal(second, 20)));
    }

    [Fact]
    public void Of_a_wait_that_outlasts_its_request_the_request_has_its_part()
    {
        var id = Begin();
        var window = Open(0, 10);
        Assert.True(_requests.End(id, _start + (2 * Second)));
        _aggregator.OnSample(Wait(_start + Second, _start + (5 * Second), open: false), 1);

        var rows = Seal(window, 10).Rows[(int)ProfileKind.Wall];
        Assert.Equal(2, rows.Length);
        Assert.Equal(Second, Assert.Single(rows, row => row.Label.Request == id).Value, 100.0); // ends are kept in steps of 16 ns
        Assert.Equal(3 * Second, Assert.Single(rows, row => (row.Flags & SampleFlags.AfterRequest) != 0).Value, 100.0);
    }

    /// <summary>What it does afterwards has samples of its own, and was counted twice.</summary>
    [Fact]
    public void Work_that_outlives_its_request_is_no_rest_of_the_request()
    {
        var id = Begin();
        var window = Open(0, 10);
        Assert.True(_requests.End(id, _start + Second));
        _aggregator.Close(Period(3), [], []);
        _labels.Advance(_start + (3 * Second), _aggregator.OnInterval);
        _aggregator.Close(Period(4), [], []);

        Assert.Equal(Second, Wall(Seal(window, 10)), 100.0);
    }

    private RequestId Begin()
    {
        var request = new RequestContext(_requests.Claim(1, 2, 3, _start), null, 3, 0, 0, 1);
        _sentinel.Ring.Append(new RingEntry(_start, request, 0));
        return request.Id;
    }

    private ProfileWindow Open(long from, long to)
    {
        var window = new ProfileWindow(Kinds.Only(ProfileKind.Wall), _start + (from * Second), _start + (to * Second), _requests, maxCells: 1_000);
        _aggregator.Windows.Open(window);
        return window;
    }

    private CpuPeriod Period(long until) => new(_start + (until * Second), Second, true, Second, 0, false, false, Last: false);

    private RawSample Wait(long begin, long end, bool open) => new()
    {
        Source = SampleSource.Wait,
        Thread = _thread,
        Timestamp = end,
        Value = end - begin,
        Count = 1,
        Open = open,
        Addresses = new ulong[] { 0x1010 },
    };

    private SealedWindow Seal(ProfileWindow window, long to) => _aggregator.Seal(window, _start + (to * Second), default, 0, []);

    private static double Wall(SealedWindow window) => window.Rows[(int)ProfileKind.Wall].Sum(row => row.Value);
}
