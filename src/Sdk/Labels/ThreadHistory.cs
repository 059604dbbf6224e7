namespace SelfProfiler.Labels;

/// <summary>What was current on one thread, as far back as samples may arrive. Pump only.</summary>
internal sealed class ThreadHistory(EntryBudget budget, LabelCounters counters)
{
    // A ring of entries in time order; indices count from the thread's first entry.
    private RingEntry[] _entries = [];
    private long _first;
    private long _next;

    // The entry in force at the end of what was delivered, and that end.
    private long _cursor;
    private long _deliveredUntil;

    /// <summary>Everything up to here has been handed over by the thread.</summary>
    public long KnownUntil { get; set; }

    /// <summary>From here on changes are being dropped; 0 when they are not.</summary>
    public long LostSince { get; set; }

    /// <summary>When the thread was found to have ended.</summary>
    public long Ended { get; set; } = long.MaxValue;

    /// <summary>Before the thread's first change nothing was current.</summary>
    public long Began { get; private set; } = long.MaxValue;

    /// <summary>Changes so far by which a span began or ended.</summary>
    public long SpanChanges { get; private set; }

    public bool IsEmpty => _first == _next;

    /// <summary>The newest entry; only when there is one.</summary>
    public ref readonly RingEntry Newest => ref At(_next - 1);

    public void Add(in RingEntry entry)
    {
        if (_next - _first == _entries.Length && !TryGrow())
        {
            if (_entries.Length == 0)
            {
                LabelCounters.Add(ref counters.ChangesForgotten);
                return;
            }

            ForgetFirst();
        }

        if (IsEmpty && Began == long.MaxValue)
        {
            Began = entry.Timestamp;
        }

        SpanChanges += !IsEmpty && entry.IsOtherSpanThan(Newest) ? 1 : 0;

        At(_next++) = entry;
    }

    /// <summary>What was in force at a time; null when that is not known.</summary>
    public RingEntry? Find(long time)
    {
        if (time < Began || time >= Ended)
        {
            return default(RingEntry);
        }

        if (IsEmpty || time < At(_first).Timestamp || (LostSince != 0 && time >= LostSince))
        {
            return null;
        }

        // The last entry that is not later than the time.
        long low = _first;
        for (long high = _next - 1; low < high;)
        {
            long middle = low + ((high - low + 1) >> 1);
            if (At(middle).Timestamp <= time)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return At(low).IsUnknown ? null : At(low);
    }

    /// <summary>Delivers what was in force since the last call, piece by piece in time order.</summary>
    public void Advance(long upTo, int thread, LabelIntervalHandler deliver)
    {
        if (IsEmpty)
        {
            return;
        }

        for (; _cursor + 1 < _next && At(_cursor + 1).Timestamp <= upTo; _cursor++)
        {
            ref readonly var change = ref At(_cursor + 1);
            Deliver(change.Timestamp, change.Allocated - At(_cursor).Allocated, thread, deliver);
        }

        long end = Math.Min(upTo, Ended);
        Deliver(LostSince == 0 ? end : Math.Min(end, LostSince), 0, thread, deliver);
    }

    /// <summary>Forgets what ended before a time and has been delivered.</summary>
    public void Trim(long before)
    {
        while (_first < _cursor && At(_first + 1).Timestamp < before)
        {
            _first++;
        }

        if (_entries.Length > 64 && _next - _first < _entries.Length / 4)
        {
            Resize(_entries.Length / 2);
        }
    }

    public void Release()
    {
        budget.Return(_entries.Length);
        _entries = [];
        _first = _next = _cursor = 0;
    }

    private void Deliver(long end, long allocated, int thread, LabelIntervalHandler deliver)
    {
        ref readonly var entry = ref At(_cursor);
        long start = Math.Max(entry.Timestamp, _deliveredUntil);
        end = Math.Max(end, start);
        var label = entry.Label;
        if (!label.IsNone && (end > start || allocated != 0))
        {
            deliver(new LabelInterval(thread, label, start, end, allocated, entry.Chain));
        }

        _deliveredUntil = Math.Max(_deliveredUntil, end);
    }

    private bool TryGrow()
    {
        int wanted = Math.Max(16, _entries.Length * 2);
        if (wanted > LabelLimits.EntriesPerThread || !budget.TryTake(wanted - _entries.Length))
        {
            return false;
        }

        Move(wanted);
        return true;
    }

    private void Resize(int length)
    {
        budget.Return(_entries.Length - length);
        Move(length);
    }

    private void Move(int length)
    {
        var entries = new RingEntry[length];
        for (long i = _first; i < _next; i++)
        {
            entries[i & (length - 1)] = At(i);
        }

        _entries = entries;
    }

    private void ForgetFirst()
    {
        _first++;
        if (_cursor < _first)
        {
            _cursor = _first;
            LabelCounters.Add(ref counters.ChangesForgotten);
        }
    }

    private ref RingEntry At(long index) => ref _entries[index & (_entries.Length - 1)];
}
