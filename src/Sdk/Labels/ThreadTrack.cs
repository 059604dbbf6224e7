namespace SelfProfiler.Labels;

/// <summary>One life of an operating system thread: its ring and its history. Thread ids are reused, so an id can have several. Pump only.</summary>
internal sealed class ThreadTrack(ThreadRing ring, ThreadHistory history)
{
    public ThreadRing Ring { get; } = ring;

    public ThreadHistory History { get; } = history;

    public int Thread { get; } = ring.Thread;

    /// <summary>The thread that had the id before.</summary>
    public ThreadTrack? Earlier { get; set; }

    public bool HasEnded => History.Ended != long.MaxValue;

    /// <summary>The last time the thread was known to live. A thread that ended with a label in force has it until then: who has its id now is not known.</summary>
    public long LastAlive { get; set; }

    /// <summary>Visits in a row that found few changes.</summary>
    public int Quiet { get; set; }

    /// <summary>Changes since the last visit, whoever asked for them.</summary>
    public long Written { get; set; }

    private bool _dismantled;
    private long _lost;

    /// <summary>Gives up the ring's segments, once: nobody uses the ring any more, or who still has it does not count.</summary>
    public void Dismantle(Action<RingSegment> emptied)
    {
        if (!_dismantled)
        {
            _dismantled = true;
            Ring.Dismantle(emptied);
        }
    }

    /// <summary>Moves what the thread has written into the history.</summary>
    /// <returns>How many changes there were, dropped ones included.</returns>
    public long Drain(long now, Action<RingSegment> emptied)
    {
        // Both before and after: a gap that is closed meanwhile is still open for what was read.
        long lostBefore = Ring.LostSince;
        int drained = Ring.Drain(History, emptied);
        long lostAfter = Ring.LostSince;
        bool closed = lostBefore != 0 && !History.IsEmpty && History.Newest.Timestamp > lostBefore;
        History.LostSince = lostAfter != 0 ? lostAfter : closed ? 0 : lostBefore;
        History.KnownUntil = now;
        if (drained != 0 && !History.IsEmpty)
        {
            LastAlive = Math.Max(LastAlive, History.Newest.Timestamp);
        }

        long lost = Ring.Lost;
        long written = drained + lost - _lost;
        _lost = lost;
        return written;
    }
}
