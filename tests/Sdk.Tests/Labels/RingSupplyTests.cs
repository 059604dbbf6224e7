using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

/// <summary>Room for label changes: enough when the pump is late, and no more than that.</summary>
public sealed class RingSupplyTests
{
    private readonly LabelCounters _counters = new();
    private readonly RingSupply _supply;
    private readonly ThreadTracks _tracks;
    private readonly List<ThreadSentinel> _sentinels = [];
    private long _now = 10_000_000_000;

    public RingSupplyTests()
    {
        _supply = new RingSupply(_counters);
        _tracks = new ThreadTracks(_supply, _counters);
    }

    [Fact]
    public void Whoever_works_most_has_room_until_a_pump_that_is_late_comes()
    {
        using var threads = new LivingThreads(8);
        var rings = threads.Ids.Select(NewRing).ToArray();
        int at = 0;
        Work(visits: 40, interval: 50_000_000, 8_000, rings, ref at);
        int taken = _supply.EntriesTaken;

        // Six intervals' work of all threads, by two that did an eighth each so far.
        for (int i = 0; i < 6 * 8_000; i++)
        {
            Append(rings[i % 2], ++at);
        }

        Assert.Equal(0, _counters.ChangesDropped);
        Assert.InRange(taken, 8 * 8_000, 12 * 8_000 + (LabelLimits.FewestReadyRings * LabelLimits.FirstSegment));
    }

    [Fact]
    public void A_pump_that_is_late_makes_rings_no_larger_than_its_next_delay_needs()
    {
        var ring = NewRing(OsThread.CurrentId());
        int at = 0;
        int before = _supply.EntriesTaken;
        Work(visits: 40, interval: 400_000_000, 4_000, [ring], ref at);

        Assert.Equal(0, _counters.ChangesDropped);
        Assert.InRange(_supply.EntriesTaken - before, 0, 4 * 4_000);
    }

    [Fact]
    public void What_a_burst_needed_is_given_back()
    {
        using var threads = new LivingThreads(8);
        var rings = threads.Ids.Select(NewRing).ToArray();
        int at = 0;
        Work(visits: 3, interval: 50_000_000, 80, rings, ref at);
        int before = _supply.EntriesTaken;
        Work(visits: 5, interval: 50_000_000, 4_000, rings, ref at);
        Work(visits: 20, interval: 50_000_000, 16_000, rings, ref at);
        Assert.True(_supply.EntriesTaken > before + (4 * 16_000));

        Work(visits: 2 * LabelLimits.QuietVisits, interval: 50_000_000, 80, rings, ref at);
        Assert.Equal(0, _counters.ChangesDropped);
        Assert.InRange(_supply.EntriesTaken, 0, before + (2 * LabelLimits.LargestSegment));
    }

    /// <summary>In a fleet labels stop and start once a minute. A few hours of that used all the room up, and nothing had a label any more.</summary>
    [Fact]
    public void Labels_that_stop_and_start_again_keep_nothing_of_the_time_before()
    {
        using var threads = new LivingThreads(4);
        int at = 0;
        int first = 0;
        for (ushort epoch = 1; epoch <= 60; epoch++)
        {
            _tracks.Begin(epoch);
            var rings = threads.Ids.Select(thread => NewRing(thread, epoch)).ToArray();
            Work(visits: 5, interval: 50_000_000, 400, rings, ref at);
            _tracks.Interrupt(_now);
            _now += 2 * LabelLimits.HistoryNs;
            _tracks.Visit(_now, _now);
            _now += 2 * LabelLimits.HistoryNs;
            _tracks.Visit(_now, _now);
            first = epoch == 10 ? _supply.EntriesTaken : first;
        }

        Assert.InRange(_supply.EntriesTaken, 0, first);
        Assert.Equal(0, _counters.ChangesDropped);
    }

    /// <summary>All rings write the same between two visits.</summary>
    private void Work(int visits, long interval, int changes, ThreadRing[] rings, ref int at)
    {
        for (int visit = 0; visit < visits; visit++)
        {
            for (int i = 0; i < changes; i++)
            {
                Append(rings[i % rings.Length], ++at);
            }

            _now += interval;
            _tracks.Visit(_now, _now);
        }
    }

    private static void Append(ThreadRing ring, long time) => ring.Append(new RingEntry(
        time, new LabelContext(new RequestContext(RequestId.None, null, 0, 0, 0, 1), null, 0, (int)(time % 1_000), 0), 0));

    private ThreadRing NewRing(int thread) => NewRing(thread, 1);

    private ThreadRing NewRing(int thread, ushort epoch)
    {
        var sentinel = _supply.Rings.Take()!;
        _sentinels.Add(sentinel);
        sentinel.Ring.Own(thread, epoch);
        return sentinel.Ring;
    }

    /// <summary>Threads that do nothing: their ids are of living ones.</summary>
    private sealed class LivingThreads : IDisposable
    {
        private readonly ManualResetEventSlim _end = new();
        private readonly Thread[] _threads;

        public LivingThreads(int count)
        {
            Ids = new int[count];
            using var started = new CountdownEvent(count);
            _threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() =>
            {
                Ids[i] = OsThread.CurrentId();
                started.Signal();
                _end.Wait();
            }))];
            Array.ForEach(_threads, static thread => thread.Start());
            started.Wait();
        }

        public int[] Ids { get; }

        public void Dispose()
        {
            _end.Set();
            Array.ForEach(_threads, static thread => thread.Join());
            _end.Dispose();
        }
    }
}
