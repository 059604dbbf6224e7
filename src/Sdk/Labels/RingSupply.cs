using System.Numerics;

namespace SelfProfiler.Labels;

/// <summary>Keeps rings and spare segments ready for application threads, and takes back what they have emptied.</summary>
internal sealed class RingSupply
{
    private readonly LabelCounters _counters;
    private readonly EntryBudget _budget = new(LabelLimits.EntriesInAll);

    // Pump only.
    private readonly Stack<RingSegment>?[] _pools = new Stack<RingSegment>?[32];
    private readonly Func<ThreadSentinel?> _makeRing;
    private readonly Func<RingSegment?> _makeSpare;
    private readonly List<ThreadRing> _waiting = [];
    private int _pooled;
    private int _leastPooled;
    private int _visits;
    private long _adopted;
    private double _expected;

    public RingSupply(LabelCounters counters)
    {
        _counters = counters;
        TakeBack = Recycle;
        WriteOff = segment => _budget.Return(segment.Capacity);
        _makeRing = MakeRing;
        _makeSpare = () => Make(LabelLimits.LargestSegment);
        Refill();
    }

    /// <summary>Threads take from here.</summary>
    public Stock<ThreadSentinel> Rings { get; } = new(LabelLimits.FewestReadyRings, LabelLimits.MostReadyRings);

    /// <summary>Threads take from here when they are faster than the pump.</summary>
    public Stock<RingSegment> Spares { get; } = new(LabelLimits.FewestSpareSegments, LabelLimits.MostSpareSegments);

    public Action<RingSegment> TakeBack { get; }

    /// <summary>For segments that a thread may still write into: they do not count any more, and are not used again.</summary>
    public Action<RingSegment> WriteOff { get; }

    public int EntriesTaken => _budget.Taken;

    /// <summary>Moves rings that found their thread to the caller's list, and makes new ones ready. Pump only.</summary>
    public void Adopt(List<ThreadRing> taken)
    {
        long missing = Rings.Taken - _adopted;
        for (int i = _waiting.Count - 1; i >= 0 && missing > 0; i--)
        {
            if (_waiting[i].Thread != 0)
            {
                missing--;
                _adopted++;
                taken.Add(_waiting[i]);
                _waiting[i] = _waiting[^1];
                _waiting.RemoveAt(_waiting.Count - 1);
            }
        }

        Refill();
    }

    /// <summary>How many times what was written since the last visit must fit in until the next: on a busy machine the pump is late. Pump only.</summary>
    public static double Ahead(long sinceLastVisit) =>
        Math.Clamp((double)LabelLimits.VisitsAhead * LabelLimits.VisitNs / Math.Max(1, sinceLastVisit), 2, LabelLimits.VisitsAhead);

    /// <summary>Gives a thread room of its own for a quarter of that. Pump only.</summary>
    /// <param name="ring">The thread's.</param>
    /// <param name="written">By the thread since the last visit.</param>
    /// <param name="ahead">See <see cref="Ahead"/>.</param>
    public void Extend(ThreadRing ring, long written, double ahead)
    {
        long wanted = Math.Clamp((long)(written * ahead / 4), LabelLimits.FirstSegment, LabelLimits.EntriesPerThread);
        int piece = (int)Math.Min(wanted, LabelLimits.LargestSegment);
        for (long room = ring.Room(); room < wanted && Link(ring, piece, atOnce: false);)
        {
            room += piece;
        }
    }

    /// <summary>Keeps as many spare segments as the rest of all threads' changes needs, and gives back what has not been wanted for a while. Once a visit. Pump only.</summary>
    /// <param name="written">By all threads since the last visit.</param>
    /// <param name="ahead">See <see cref="Ahead"/>.</param>
    public void Provide(long written, double ahead)
    {
        double more = (written * ahead) - _expected;
        _expected += more / (more > 0 ? 4 : 16);
        Spares.Wanted = Math.Max((int)(_expected * 3 / 4 / LabelLimits.LargestSegment) + 1, Spares.Wanted - 1);
        if (Spares.TakeSurplus() is { } surplus)
        {
            Recycle(surplus);
        }

        Refill();
        _leastPooled = Math.Min(_leastPooled, _pooled);
        if (++_visits % LabelLimits.VisitsPerTrim == 0)
        {
            Trim(_leastPooled);
            _leastPooled = _pooled;
        }
    }

    /// <summary>Gives a thread that has become quiet a small segment to go on with. Pump only.</summary>
    public void Shrink(ThreadRing ring) => _ = Link(ring, LabelLimits.FirstSegment, atOnce: true);

    private void Refill()
    {
        Rings.Refill(_makeRing);
        Spares.Refill(_makeSpare);
    }

    private ThreadSentinel? MakeRing()
    {
        if (Make(LabelLimits.FirstSegment) is not { } first)
        {
            return null;
        }

        var ring = new ThreadRing(first, Spares, _counters);
        _waiting.Add(ring);
        return new ThreadSentinel(ring);
    }

    private bool Link(ThreadRing ring, int capacity, bool atOnce)
    {
        if (Make(capacity) is not { } segment)
        {
            return false;
        }

        if (ring.TryExtend(segment, atOnce))
        {
            return true;
        }

        Recycle(segment);
        return false;
    }

    private RingSegment? Make(int wanted)
    {
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(wanted, LabelLimits.FirstSegment));
        if (_pools[BitOperations.Log2((uint)capacity)] is { Count: > 0 } pool)
        {
            _pooled -= capacity;
            return pool.Pop().Renew();
        }

        return _budget.TryTake(capacity) ? new RingSegment(capacity) : null;
    }

    private void Trim(int entries)
    {
        for (int log = _pools.Length - 1; log >= 0; log--)
        {
            while (entries > 0 && _pools[log] is { Count: > 0 } pool)
            {
                int capacity = pool.Pop().Capacity;
                entries -= capacity;
                _pooled -= capacity;
                _budget.Return(capacity);
            }
        }
    }

    private void Recycle(RingSegment segment)
    {
        segment.Next = null; // one that waits must not keep those after it, which may have been given up
        if (_pooled + segment.Capacity > LabelLimits.EntriesPooled)
        {
            _budget.Return(segment.Capacity);
            return;
        }

        _pooled += segment.Capacity;
        (_pools[BitOperations.Log2((uint)segment.Capacity)] ??= []).Push(segment);
    }
}
