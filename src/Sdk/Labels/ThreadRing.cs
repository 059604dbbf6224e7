namespace SelfProfiler.Labels;

/// <summary>One thread's label changes on their way to the pump: one producer, one consumer, no lock.</summary>
internal sealed class ThreadRing
{
    private readonly Stock<RingSegment> _spares;
    private readonly LabelCounters _counters;

    // The thread writes; the pump reads where it says so.
    private RingSegment _current;
    private RingSegment? _spare;
    private RingEntry _last;
    private long _lostSince;
    private long _lostAllocated;
    private long _lost;
    private int _thread;

    // Pump only.
    private RingSegment _draining;
    private int _drained;

    public ThreadRing(RingSegment first, Stock<RingSegment> spares, LabelCounters counters)
    {
        _current = _draining = first;
        _spares = spares;
        _counters = counters;
    }

    /// <summary>Start of the tracker in which the thread took it.</summary>
    public ushort Epoch { get; private set; }

    /// <summary>Operating system id of the thread that took it; 0 while it waits for one.</summary>
    public int Thread => Volatile.Read(ref _thread);

    /// <summary>The thread's object was collected: nobody writes any more.</summary>
    public bool Abandoned { get; set; }

    /// <summary>When changes began to be dropped, 0 when they are not being dropped. Any thread.</summary>
    public long LostSince => Volatile.Read(ref _lostSince);

    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Called once, by the thread that took it.</summary>
    public void Own(int thread, ushort epoch)
    {
        Epoch = epoch;
        Volatile.Write(ref _thread, thread);
    }

    /// <summary>Something else than the newest entry, or the newest was dropped. The thread only; as <see cref="Append"/>.</summary>
    public bool IsNews(in RingEntry entry) => _lostSince != 0 || !_last.SaysTheSameAs(entry);

    /// <summary>The thread only. Takes no lock, allocates nothing, does not throw.</summary>
    public void Append(in RingEntry entry)
    {
        if (_lostSince == 0)
        {
            if (HasRoom(1))
            {
                Put(entry);
                _last = entry;
                return;
            }

            _lostAllocated = entry.Allocated;
            Volatile.Write(ref _lostSince, entry.Timestamp);
        }
        else if (HasRoom(2))
        {
            Put(RingEntry.Gap(_lostSince, _lostAllocated));
            Put(entry);
            _last = entry;
            Volatile.Write(ref _lostSince, 0);
            return;
        }

        Volatile.Write(ref _lost, _lost + 1);
        LabelCounters.Add(ref _counters.ChangesDropped);
    }

    /// <summary>Puts what is learnt of the request into the newest entry, instead of a further one. The thread only; as <see cref="Append"/>.</summary>
    /// <returns>False when that entry is of another context, or the pump has it already.</returns>
    public bool TryCorrect(LabelContext context)
    {
        var segment = _current;
        int newest = segment.Count - 1; // in this segment the same as _last
        if (_lostSince != 0 || newest < 0 || newest < Volatile.Read(ref segment.Taken))
        {
            return false;
        }

        if (!segment.Entries[newest].TryCorrect(context))
        {
            return false;
        }

        // Either the pump sees the correction, or we see that it came by.
        Interlocked.MemoryBarrier();
        if (newest < Volatile.Read(ref segment.Taken))
        {
            return false;
        }

        _last = segment.Entries[newest];
        return true;
    }

    /// <summary>Goes through everything a thread may go through, so that it is compiled before.</summary>
    public static void Touch(LabelCounters counters)
    {
        var spares = new Stock<RingSegment>(1, 1);
        spares.Refill(static () => new RingSegment(2));
        var ring = new ThreadRing(new RingSegment(1), spares, new LabelCounters());
        var context = new LabelContext(new RequestContext(RequestId.None, null, 0, 0, 0, 0), null, 0, 1, 0);
        for (int i = 0; i < 6; i++)
        {
            ring.Append(new RingEntry(i + 1, i % 2 == 0 ? context : null, 0)); // full from the fourth on
        }

        _ = ring.TryExtend(new RingSegment(4), atOnce: false);
        ring.Append(new RingEntry(7, context, 0));
        if (ring.LostSince != 0)
        {
            LabelCounters.Add(ref counters.HandlerFailures);
        }
    }

    /// <summary>Hands over what has come since the last time. Pump only.</summary>
    /// <param name="track">Takes the entries.</param>
    /// <param name="emptied">Takes segments that are not used any more.</param>
    /// <returns>How many entries.</returns>
    public int Drain(ThreadHistory track, Action<RingSegment> emptied)
    {
        int handed = 0;
        while (true)
        {
            var segment = _draining;
            bool left = !ReferenceEquals(Volatile.Read(ref _current), segment); // before the count: nothing is added afterwards
            int count = Volatile.Read(ref segment.Count);
            if (_drained < count)
            {
                Volatile.Write(ref segment.Taken, count);
                Interlocked.MemoryBarrier(); // see TryCorrect
            }

            handed += count - _drained;
            for (; _drained < count; _drained++)
            {
                track.Add(segment.Entries[_drained]);
            }

            if (!left)
            {
                return handed;
            }

            _draining = segment.Next!;
            _drained = 0;
            emptied(segment);
        }
    }

    /// <summary>How many entries the thread can write before the pump must come again. Pump only.</summary>
    public int Room()
    {
        int room = 0;
        for (var segment = Volatile.Read(ref _current); segment is not null; segment = Volatile.Read(ref segment.Next))
        {
            room += Math.Max(0, Volatile.Read(ref segment.Limit) - Volatile.Read(ref segment.Count));
        }

        return room;
    }

    /// <summary>Gives the thread a segment to go on with. Pump only.</summary>
    /// <returns>False when the thread had linked one itself.</returns>
    public bool TryExtend(RingSegment next, bool atOnce)
    {
        var first = Volatile.Read(ref _current);
        var last = first;
        while (Volatile.Read(ref last.Next) is { } further)
        {
            last = further;
        }

        if (Interlocked.CompareExchange(ref last.Next, next, null) is not null)
        {
            return false;
        }

        for (var full = first; atOnce && !ReferenceEquals(full, next); full = full.Next!)
        {
            Volatile.Write(ref full.Limit, 0);
        }

        return true;
    }

    /// <summary>Takes the segments of a thread that has ended, after the last drain. Pump only.</summary>
    public void Dismantle(Action<RingSegment> emptied)
    {
        for (RingSegment? segment = _draining; segment is not null;)
        {
            var next = segment.Next;
            emptied(segment);
            segment = next;
        }

        if (_spare is { } spare)
        {
            emptied(spare);
        }
    }

    private void Put(in RingEntry entry)
    {
        var segment = _current;
        int index = segment.Count;
        segment.Entries[index] = entry;
        Volatile.Write(ref segment.Count, index + 1);
    }

    private bool HasRoom(int wanted)
    {
        var segment = _current;
        if (segment.Count + wanted <= Volatile.Read(ref segment.Limit))
        {
            return true;
        }

        var next = Volatile.Read(ref segment.Next) ?? LinkSpare(segment);
        if (next is null)
        {
            return false;
        }

        Volatile.Write(ref _current, next);
        return true;
    }

    private RingSegment? LinkSpare(RingSegment segment)
    {
        var spare = _spare ?? _spares.Take();
        if (spare is null)
        {
            return null;
        }

        var linked = Interlocked.CompareExchange(ref segment.Next, spare, null);
        _spare = linked is null ? null : spare; // the pump was faster: kept for the next time
        return linked ?? spare;
    }
}
