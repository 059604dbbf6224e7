using SelfProfiler.Decode;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Counts what blocked a thread: when it ends, and in the wall-clock of windows that are sealed before it does. Pump only.</summary>
internal sealed class BlockedLedger(WindowSet windows, LabelTimeline labels, RequestTable requests, WallLedger wall, KnownWaits known, Func<int> overflow)
{
    private readonly List<(SampleKey Key, long Ns)> _open = []; // while a window is sealed

    public void Add(ProfileKind kind, in BlockedSpan span)
    {
        windows.Add(kind, span.Timestamp, span.Key, span.Weight, span.WeightedNs, overflow());
        long start = span.Timestamp - (long)span.Ns;
        long from = BookBeforeEnd(span, start);
        var key = wall.Explain(span.Thread, span.Key, span.Timestamp - from);
        windows.AddSpan(ProfileKind.Wall, from, span.Timestamp, key, from == start ? 1 : 0, overflow());
    }

    /// <summary>A thread that is blocked still when a window is sealed: what ends later is told to the windows that are open then.</summary>
    /// <param name="window">Gets its part.</param>
    /// <param name="open">Blocked until the window's end, at least.</param>
    /// <param name="key">Where, and for whom.</param>
    public void AddOpen(ProfileWindow window, in RawSample open, SampleKey key)
    {
        if (open.Source == SampleSource.Wait && HeldWaits.IsNone(known.Judge(key.Stack), key.Label))
        {
            return;
        }

        long from = Math.Max(window.From, open.Timestamp - (long)open.Value);
        if (from < open.Timestamp)
        {
            key = WallLedger.IsUnlabelled(key) ? key with { Flags = key.Flags | SampleFlags.Unlabelled } : key;
            key = windows.Marked(key, open.Timestamp - 1);
            window.Add(ProfileKind.Wall, key, 1, open.Timestamp - from, overflow());
            _open.Add((key, open.Timestamp - from));
        }
    }

    /// <summary>The window has been looked at, and may go on.</summary>
    public void TakeOpenBack(ProfileWindow window)
    {
        foreach (var (key, ns) in _open)
        {
            window.Add(ProfileKind.Wall, key, -1, -ns, overflow());
        }

        _open.Clear();
    }

    /// <summary>The request ended while the thread was blocked for it: until then the time is the request's, as its work on the thread is.</summary>
    /// <returns>Where the rest begins.</returns>
    private long BookBeforeEnd(in BlockedSpan span, long start)
    {
        if ((span.Key.Flags & SampleFlags.AfterRequest) == 0
            || labels.Resolve(span.Thread, start) is not { AfterRequest: false, Label.Request.IsNone: false } begun
            || !requests.TryGetState(begun.Label.Request, out _, out long end)
            || end <= start || end >= span.Timestamp)
        {
            return start;
        }

        var key = wall.Explain(span.Thread, new SampleKey(span.Key.Stack, begun.Label, begun.Route, SampleFlags.None), end - start);
        windows.AddSpan(ProfileKind.Wall, start, end, key, 1, overflow());
        return end;
    }
}
