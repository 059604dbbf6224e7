using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>The open windows: a capture, the export interval, history, and the table since process start. Pump only.</summary>
internal sealed class WindowSet
{
    private readonly List<ProfileWindow> _open = [];
    private readonly long[] _counts = new long[ProfileWindow.KindCount]; // read by the status
    private long _overflowed; // read by the status
    private long _overflowedSinceStart;
    private Marking _mark;
    private Marking _markBefore; // its last samples come when the next has begun

    public int Count => _open.Count;

    /// <summary>Samples that a full window has without their labels or without their stack. Any thread.</summary>
    public long Overflowed => Volatile.Read(ref _overflowed);

    /// <summary>Samples that a full table since the start has as <c>[overflow]</c>. Any thread.</summary>
    public long OverflowedSinceStart => Volatile.Read(ref _overflowedSinceStart);

    /// <summary>From now on samples taken between two moments carry the number of a trigger.</summary>
    public void Mark(SampleFlags trigger, long from, long to) =>
        (_markBefore, _mark) = (_mark with { To = Math.Min(_mark.To, from) }, new Marking(trigger, from, to));

    public void Open(ProfileWindow window) => _open.Add(window);

    public void Close(ProfileWindow window) => _open.Remove(window);

    /// <summary>Counts a sample in every window that wants its kind and contains its moment.</summary>
    public void Add(ProfileKind kind, long timestamp, in SampleKey key, double count, double value, int overflowStack)
    {
        _counts[(int)kind]++;
        var marked = Marked(key, timestamp);
        foreach (var window in _open)
        {
            if (window.Wants(kind) && timestamp >= window.From && timestamp < window.To)
            {
                Add(window, kind, marked, count, value, overflowStack);
            }
        }
    }

    /// <summary>Copies what is known of a request into the windows that will get a sample of it: until it has its weight, its slot may be taken over.</summary>
    public void Remember(RequestId request, long timestamp)
    {
        if (request.IsNone)
        {
            return;
        }

        foreach (var window in _open)
        {
            if (timestamp >= window.From && timestamp < window.To)
            {
                window.Remember(request);
            }
        }
    }

    /// <summary>Counts a thread once in every window that lists threads.</summary>
    public void AddThread(int thread, long timestamp, in SampleKey key, int overflowStack)
    {
        foreach (var window in _open)
        {
            if (window.Wants(ProfileKind.Threads) && timestamp >= window.From && timestamp < window.To && window.SeesFirst(thread))
            {
                _counts[(int)ProfileKind.Threads]++;
                Add(window, ProfileKind.Threads, key, 1, 0, overflowStack);
            }
        }
    }

    /// <summary>Counts time from <paramref name="start"/> to <paramref name="end"/>, cut at the edges of each window.</summary>
    public void AddSpan(ProfileKind kind, long start, long end, in SampleKey key, double count, int overflowStack)
    {
        var marked = Marked(key, end);
        foreach (var window in _open)
        {
            long overlap = Math.Min(end, window.To) - Math.Max(start, window.From);
            if (window.Wants(kind) && overlap > 0)
            {
                Add(window, kind, marked, count, overlap, overflowStack);
            }
        }
    }

    private void Add(ProfileWindow window, ProfileKind kind, in SampleKey key, double count, double value, int overflowStack)
    {
        if (!window.Add(kind, key, count, value, overflowStack))
        {
            ref long overflowed = ref window.Cumulative ? ref _overflowedSinceStart : ref _overflowed;
            Volatile.Write(ref overflowed, overflowed + 1);
        }
    }

    /// <summary>Samples of each kind so far. Any thread.</summary>
    public IReadOnlyDictionary<ProfileKind, long> Counts()
    {
        var counts = new Dictionary<ProfileKind, long>();
        for (int kind = 0; kind < _counts.Length; kind++)
        {
            counts[(ProfileKind)kind] = Volatile.Read(ref _counts[kind]);
        }

        return counts;
    }

    public void TickWindowEnded(long timestamp)
    {
        foreach (var window in _open)
        {
            if (timestamp >= window.From && timestamp < window.To)
            {
                window.TickWindows++;
            }
        }
    }

    public void RefreshRequests()
    {
        foreach (var window in _open)
        {
            window.RefreshRequests();
        }
    }

    public void MarkLive(bool[] live, bool cumulative)
    {
        foreach (var window in _open)
        {
            if (window.Cumulative == cumulative)
            {
                window.MarkLive(live);
            }
        }
    }

    /// <summary>Tables since the start take no further stacks: what is new there becomes <c>[overflow]</c>.</summary>
    public void CloseCumulative()
    {
        foreach (var window in _open)
        {
            window.IsFull |= window.Cumulative;
        }
    }

    public void Renumber(int[] moved)
    {
        foreach (var window in _open)
        {
            window.Renumber(moved);
        }
    }

    /// <summary>With the number of the trigger that was on.</summary>
    public SampleKey Marked(in SampleKey key, long time) =>
        _mark.Has(time) ? key with { Flags = key.Flags | _mark.Trigger }
        : _markBefore.Has(time) ? key with { Flags = key.Flags | _markBefore.Trigger }
        : key;

    private readonly record struct Marking(SampleFlags Trigger, long From, long To)
    {
        public bool Has(long time) => time >= From && time < To;
    }
}
