namespace SelfProfiler.Labels;

/// <summary>What was current on one thread, as far back as samples may arrive. Pump only.</summary>
internal sealed class ThreadHistory(HistoryPages pages, LabelCounters counters)
{
    private const int PageEntries = HistoryPages.PageEntries;
    private const int FirstEntries = 16;
    private const int PageBits = 9;

    // Entries in time order; indices count from the thread's first entry. One page is a ring of its own, as short as it can be;
    // of several, a ring of pages, each is used from front to back. Lengths are powers of two.
    private RingEntry[]?[] _pages = [];
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

    /// <summary>Before the thread's first change nothing was current; it counts when there was no room for it too.</summary>
    public long Began { get; private set; } = long.MaxValue;

    public bool IsEmpty => _first == _next;

    /// <summary>The newest entry; only when there is one.</summary>
    public ref readonly RingEntry Newest => ref At(_next - 1);

    /// <summary>From when on labels would still be known after <see cref="GiveWay"/>; the end of time when there is nothing to give.</summary>
    public long KnownAfterGivingWay => AfterGivingWay is var first && first < _next ? At(first).Timestamp : long.MaxValue;

    public void Add(in RingEntry entry)
    {
        Began = Math.Min(Began, entry.Timestamp);
        while (_next - _first == LabelLimits.EntriesPerThread || !HasRoom())
        {
            if (_next - _first < LabelLimits.EntriesPerThread && pages.MakeRoom())
            {
                continue;
            }

            if (IsEmpty)
            {
                LabelCounters.Add(ref counters.ChangesForgotten);
                return;
            }

            ForgetFirst();
        }

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

        ref readonly var entry = ref At(_cursor);
        while (_cursor + 1 < _next)
        {
            ref readonly var change = ref At(_cursor + 1);
            if (change.Timestamp > upTo)
            {
                break;
            }

            Deliver(entry, change.Timestamp, change.AllocatedSince(entry), thread, deliver);
            entry = ref change;
            _cursor++;
        }

        long end = Math.Min(upTo, Ended);
        Deliver(entry, LostSince == 0 ? end : Math.Min(end, LostSince), 0, thread, deliver);
    }

    /// <summary>Forgets what ended before a time and has been delivered.</summary>
    public void Trim(long before)
    {
        while (_first < _cursor && At(_first + 1).Timestamp < before)
        {
            Step();
        }

        int room = _pages.Length == 1 ? _pages[0]!.Length : _pages.Length * PageEntries;
        if (_pages.Length > 1 ? _next - _first < PageEntries / 8 : room > 64 && _next - _first < room / 4)
        {
            Gather(Math.Min(room, PageEntries) / 2);
        }
    }

    /// <summary>Forgets the oldest page, or half of the last one, so that another history has room.</summary>
    public void GiveWay()
    {
        bool last = IsOnePage;
        int length = _pages.Length == 1 ? _pages[0]!.Length : PageEntries;
        for (long first = AfterGivingWay; _first < first;)
        {
            ForgetFirst();
        }

        if (last)
        {
            Gather(length / 2);
        }
    }

    public void Release()
    {
        pages.Leave(this);
        foreach (var page in _pages)
        {
            GiveBack(page);
        }

        _pages = [];
        _first = _next = _cursor = 0;
    }

    private bool IsOnePage => _pages.Length == 1 || _first >> PageBits == (_next - 1) >> PageBits;

    // The first entry that is kept when others need room; the next one to come when none can be spared.
    private long AfterGivingWay =>
        IsEmpty || (_pages.Length == 1 && _pages[0]!.Length == FirstEntries) ? _next
        : !IsOnePage ? ((_first >> PageBits) + 1) << PageBits
        : Math.Max(_first, _next - ((_pages.Length == 1 ? _pages[0]!.Length : PageEntries) / 2));

    private void Deliver(in RingEntry entry, long end, long allocated, int thread, LabelIntervalHandler deliver)
    {
        long start = Math.Max(entry.Timestamp, _deliveredUntil);
        end = Math.Max(end, start);
        var label = entry.Label;
        if (!label.IsNone && (end > start || allocated != 0))
        {
            deliver(new LabelInterval(thread, label, start, end, allocated, entry.Chain));
        }

        _deliveredUntil = Math.Max(_deliveredUntil, end);
    }

    /// <summary>Room for one more, taken if need be.</summary>
    private bool HasRoom() => _pages.Length switch
    {
        0 => Gather(FirstEntries),
        1 => _next - _first < _pages[0]!.Length || (_pages[0]!.Length < PageEntries ? Gather(_pages[0]!.Length * 2) : Spread()),
        _ => HasPage(_next >> PageBits),
    };

    /// <summary>Moves everything to one page.</summary>
    private bool Gather(int length)
    {
        if (pages.TryTake(length, _pages.Sum(static page => page?.Length ?? 0)) is not { } gathered)
        {
            return false;
        }

        for (long i = _first; i < _next; i++)
        {
            gathered[i & (length - 1)] = At(i);
        }

        foreach (var page in _pages)
        {
            GiveBack(page);
        }

        _pages = [gathered];
        pages.Join(this);
        return true;
    }

    /// <summary>Makes the one full page two: what is at its front belongs to the second.</summary>
    private bool Spread()
    {
        if (pages.TryTake(PageEntries) is not { } second)
        {
            return false;
        }

        var first = _pages[0]!;
        first.AsSpan(0, (int)(_next & (PageEntries - 1))).CopyTo(second);
        long number = _first >> PageBits;
        _pages = new RingEntry[]?[2];
        _pages[number & 1] = first;
        _pages[(number + 1) & 1] = second;
        return true;
    }

    private bool HasPage(long number)
    {
        long oldest = _first >> PageBits;
        if (number - oldest >= _pages.Length)
        {
            var more = new RingEntry[]?[_pages.Length * 2];
            for (long i = oldest; i < number; i++)
            {
                more[i & (more.Length - 1)] = _pages[i & (_pages.Length - 1)];
            }

            _pages = more;
        }

        ref var page = ref _pages[number & (_pages.Length - 1)];
        page ??= pages.TryTake(PageEntries);
        return page is not null;
    }

    /// <summary>The oldest entry is not needed any more, and neither is its page if it was the last there.</summary>
    private void Step()
    {
        _first++;
        if (_pages.Length > 1 && (_first & (PageEntries - 1)) == 0)
        {
            ref var page = ref _pages[((_first - 1) >> PageBits) & (_pages.Length - 1)];
            GiveBack(page);
            page = null;
        }
    }

    private void GiveBack(RingEntry[]? page)
    {
        if (page is not null)
        {
            pages.Return(page);
        }
    }

    private void ForgetFirst()
    {
        Step();
        if (_cursor < _first)
        {
            _cursor = _first;
            LabelCounters.Add(ref counters.ChangesForgotten);
        }
    }

    private ref RingEntry At(long index)
    {
        var page = _pages[(index >> PageBits) & (_pages.Length - 1)]!;
        return ref page[index & (page.Length - 1)];
    }
}
