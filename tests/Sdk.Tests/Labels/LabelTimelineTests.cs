using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public sealed class LabelTimelineTests
{
    private readonly LabelCounters _counters = new();
    private readonly RingSupply _supply;
    private readonly RequestTable _requests;
    private readonly LabelTimeline _timeline;
    private readonly List<ThreadSentinel> _sentinels = [];
    private readonly long _start = Clock.Now;
    private readonly int _thread = OsThread.CurrentId(); // one that lives, whoever seems to write its ring

    public LabelTimelineTests()
    {
        _supply = new RingSupply(_counters);
        _requests = new RequestTable(_counters, 256);
        _timeline = new LabelTimeline(new ThreadTracks(_supply, _counters), _requests, _counters);
    }

    [Fact]
    public void A_label_is_in_force_from_its_change_to_the_next()
    {
        var ring = NewRing();
        Append(ring, 10, 1);
        Append(ring, 20, 2);
        Append(ring, 30, 0);
        Assert.Equal([0, 1, 1, 2, 2, 0, 0], Sets(9, 10, 19, 20, 29, 30, 99));
        Assert.Equal(3, _timeline.Counts.Changes); // each has its price
    }

    [Fact]
    public void Spans_that_begin_and_end_within_a_request_are_counted_by_themselves()
    {
        var ring = NewRing();
        var request = new RequestContext(_requests.Claim(1, 2, 3, _start), null, 3, 0, 0, 1);
        LabelContext?[] contexts = [request, new LabelContext(request, request, 4, 0, 0), request, null];
        foreach (var context in contexts)
        {
            ring.Append(new RingEntry(_start + 10, context, 0));
        }

        _timeline.Drain(_start + 20);
        Assert.Equal(new LabelCounts(Changes: 4, CostNs: 0), _timeline.Counts);
    }

    [Fact]
    public void What_was_written_after_the_last_drain_is_found_too()
    {
        var ring = NewRing();
        Append(ring, 10, 1);
        _timeline.Drain(_start + 15);
        Append(ring, 20, 2);
        Assert.Equal([1, 2], Sets(14, 20));
    }

    [Fact]
    public void A_thread_id_that_is_used_again_starts_with_nothing()
    {
        Append(NewRing(), 10, 1);
        _timeline.Drain(_start + 50);
        Append(NewRing(), 100, 2);
        _timeline.Drain(_start + 150);
        Assert.Equal([0, 1, 1, 0, 0, 2], Sets(9, 10, 50, 51, 99, 100));
    }

    [Fact]
    public void What_is_learnt_goes_into_the_newest_entry_until_the_pump_has_taken_it()
    {
        var ring = NewRing();
        var context = new LabelContext(new RequestContext(RequestId.None, null, 0, 0, 0, 0), null, 0, 1, 0);
        var another = new LabelContext(context.Root, null, 0, 2, 0);
        ring.Append(new RingEntry(_start + 10, context, 0));
        context.Root.Route = 7;
        Assert.False(ring.TryCorrect(another));
        Assert.True(ring.TryCorrect(context));
        Assert.Equal(7, _timeline.Resolve(_thread, _start + 10).Route);
        Assert.Equal(1, _timeline.Counts.Changes);
        context.Root.Route = 8;
        Assert.False(ring.TryCorrect(context));
        ring.Append(new RingEntry(_start + 20, context, 0));
        _timeline.Drain(_start + 30);
        Assert.Equal([7, 8], new long[] { 19, 20 }.Select(time => _timeline.Resolve(_thread, _start + time).Route));
    }

    [Fact]
    public void A_thread_that_finds_no_room_for_its_history_is_unlabelled_and_nothing_else()
    {
        var none = new ThreadHistory(new HistoryPages(new EntryBudget(0)), _counters);
        var ring = NewRing();
        Append(ring, 10, 1);
        var track = new ThreadTrack(ring, none);
        Assert.Equal(1, track.Drain(_start + 20, _supply.TakeBack));
        Assert.Null(none.Find(_start + 15));
        Assert.True(none.Find(_start + 5)?.IsNone);
        Assert.Equal(1, _counters.ChangesForgotten);
    }

    [Fact]
    public void What_was_dropped_is_unknown_never_somebody_elses()
    {
        var ring = NewRing();
        int written = 0;
        while (_counters.ChangesDropped == 0)
        {
            Append(ring, ++written, written);
        }

        Append(ring, written + 1, written + 1);
        Append(ring, written + 2, written + 2);
        Assert.Equal(3, _counters.ChangesDropped);
        Assert.Equal([written - 1, 0, 0, 0], Sets(written - 1, written, written + 2, written + 9));
        _timeline.Drain(_start + written + 10); // makes room
        Append(ring, written + 20, 77);
        _timeline.Drain(_start + written + 30);
        Assert.Equal([written - 1, 0, 0, 77, 77], Sets(written - 1, written, written + 19, written + 20, written + 25));
        Assert.NotEqual(0, _counters.SamplesUnknown);
    }

    [Fact]
    public void A_thread_whose_object_is_collected_has_ended()
    {
        Append(NewRing(), 10, 1);
        _timeline.Drain(_start + 50);
        _sentinels.Clear();
        Eventually.UntilBlocking(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            _timeline.Drain(_start + 80);
            return Sets(90)[0] == 0;
        });
        Assert.Equal([1, 1], Sets(10, 50));
    }

    [Fact]
    public void A_busy_thread_gets_a_larger_ring()
    {
        var ring = NewRing();
        int at = 0;
        for (int visit = 0; visit < 12; visit++)
        {
            for (int i = 0; i < 20 << visit && i < 20_000; i++)
            {
                Append(ring, ++at, at);
            }

            _timeline.Drain(_start + at);
        }

        Assert.Equal(0, _counters.ChangesDropped);
        Assert.Equal([at - 20_000, at], Sets(at - 20_000, at));
        Assert.InRange(_supply.EntriesTaken, 20_000, LabelLimits.EntriesInAll);
    }

    [Fact]
    public void Time_on_the_thread_is_delivered_exactly_once_in_order()
    {
        var ring = NewRing();
        Append(ring, 10, 1, allocated: 800);
        Append(ring, 20, 2, allocated: 1_200);
        Append(ring, 30, 0, allocated: 1_360);
        Append(ring, 40, 3, allocated: 4_000);
        Assert.Equal([(1, 10, 15, 0)], Advance(15));
        Assert.Equal([(1, 15, 20, 400), (2, 20, 25, 0)], Advance(25));
        Assert.Equal([(2, 25, 30, 160), (3, 40, 45, 0)], Advance(45));
        Assert.Equal([], Advance(45));
        Append(ring, 60, 0, allocated: 7_200);
        Assert.Equal([(3, 45, 60, 3_200)], Advance(100));
        Assert.Equal([], Advance(200));
    }

    [Fact]
    public void A_request_knows_its_time_on_threads_and_what_it_allocated()
    {
        var id = _requests.Claim(1, 2, 3, _start);
        var request = new RequestContext(id, null, 3, 0, 0, 1);
        var ring = NewRing();
        ring.Append(new RingEntry(_start + 100, request, 1_000));
        Append(ring, 300, 0, allocated: 1_504);
        ring.Append(new RingEntry(_start + 400, request, 2_000));
        _requests.End(id, _start + 480);
        Append(ring, 1_000, 0, allocated: 2_104);
        _timeline.Advance(_start + 2_000);
        Assert.True(_requests.TryGet(id, out var info));
        Assert.Equal(608, info.Usage.AllocatedBytes);
        Assert.InRange(info.Usage.OnThreadNs, 280 - 16, 280);
    }

    [Fact]
    public void Time_in_a_gap_belongs_to_nobody()
    {
        var ring = NewRing();
        int written = 0;
        while (_counters.ChangesDropped == 0)
        {
            Append(ring, ++written, written);
        }

        _timeline.Drain(_start + written + 100);
        Append(ring, written + 200, 5);
        var all = Advance(written + 300);
        Assert.Equal((written - 1, written - 1, written, 0), all[^2]);
        Assert.Equal((5, written + 200, written + 300, 0), all[^1]);
    }

    [Fact]
    public void The_past_is_forgotten_one_second_before_the_last_visit()
    {
        var ring = NewRing();
        for (int i = 1; i <= 1_000; i++)
        {
            Append(ring, i * 10_000_000L, i); // ten seconds
            if (i % 10 == 0)
            {
                _timeline.Drain(_start + (i * 10_000_000L));
                _timeline.Advance(_start + (i * 10_000_000L));
            }
        }

        Assert.Equal([1_000, 900, 0, 0], Sets(10_000_000_000, 9_000_000_000, 8_500_000_000, 1_000_000_000));
        Assert.Equal(0, _counters.ChangesForgotten);
    }

    [Fact]
    public void While_the_pump_is_late_nothing_is_forgotten()
    {
        var ring = NewRing();
        Append(ring, 10, 1);
        Append(ring, 1_000_000_000, 2);
        _timeline.Drain(_start + 1_100_000_000);
        Append(ring, 5_000_000_000, 3);
        _timeline.Advance(_start + 6_000_000_000);
        _timeline.Drain(_start + 6_000_000_000);
        Assert.Equal([1, 2, 3], Sets(500_000_000, 1_000_000_000, 5_500_000_000));
        _timeline.Drain(_start + 6_100_000_000);
        Assert.Equal([0, 2, 3], Sets(500_000_000, 4_900_000_000, 5_500_000_000));
    }

    /// <summary>A pump that had no processor for some seconds lost the requests of that time, and nothing said so.</summary>
    [Fact]
    public void However_late_somebody_asks_who_said_that_he_would_is_told_everything()
    {
        var ring = NewRing();
        Append(ring, 10, 1);
        _timeline.Drain(_start + 5_000_000_000, asked: true);
        var told = new List<long>();
        _timeline.Advance(_start + 5_000_000_000, (in LabelInterval interval, in BookedInterval _) => told.Add(interval.End - interval.Start));
        Assert.Equal([5_000_000_000 - 10], told);
    }

    private ThreadRing NewRing()
    {
        var sentinel = _supply.Rings.Take()!;
        _sentinels.Add(sentinel);
        sentinel.Ring.Own(_thread, 1);
        return sentinel.Ring;
    }

    private void Append(ThreadRing ring, long time, int set, long allocated = 0) => ring.Append(new RingEntry(
        _start + time,
        set == 0 ? null : new LabelContext(new RequestContext(RequestId.None, null, 0, 0, 0, 1), null, 0, set, 0),
        allocated));

    private int[] Sets(params long[] times) => [.. times.Select(time => _timeline.At(_thread, _start + time).LabelSet)];

    private List<(int Set, int Start, int End, int Bytes)> Advance(long upTo)
    {
        var delivered = new List<(int, int, int, int)>();
        _timeline.Drain(_start + upTo);
        _timeline.Advance(_start + upTo, (in LabelInterval interval, in BookedInterval _) => delivered.Add(
            (interval.Label.LabelSet, (int)(interval.Start - _start), (int)(interval.End - _start), (int)interval.AllocatedBytes)));
        return delivered;
    }
}
