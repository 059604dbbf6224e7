using SelfProfiler.Decode;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>A wait or a contention that ended, or whose session did.</summary>
/// <param name="Thread">Who was blocked.</param>
/// <param name="Timestamp">Its end.</param>
/// <param name="Key">Where.</param>
/// <param name="Ns">How long it was seen.</param>
/// <param name="Weight">How many it stands for.</param>
/// <param name="WeightedNs">How long these were.</param>
internal readonly record struct BlockedSpan(int Thread, long Timestamp, SampleKey Key, double Ns, double Weight, double WeightedNs)
{
    /// <remarks>The runtime writes no end of what began before its session. So at the beginning of a window as much time is unseen as is
    /// seen, at its end, of what is open there: that counts twice. True for what lasts no longer than the window.</remarks>
    public static BlockedSpan Of(in RawSample sample, in SampleKey key, double weight) =>
        new(sample.Thread, sample.Timestamp, key, sample.Value, weight, sample.Value * weight * (sample.Open ? 2 : 1));
}

internal delegate void BlockedSpanHandler(in BlockedSpan span);

/// <summary>Passes on the waits that are waits, and not how a contended lock or an idle thread stands still. Pump only.</summary>
/// <remarks>The frames next to the leaf tell them apart, and what their methods are called is often told after the first waits have come.
/// Such waits are held until it is, or until nobody can be expected to tell any more.</remarks>
internal sealed class HeldWaits(KnownWaits known, BlockedSpanHandler pass)
{
    /// <summary>Beyond that a wait is taken for what it looks like.</summary>
    public const int Most = 1_024;

    private readonly List<BlockedSpan> _held = [];

    public int Count => _held.Count;

    public void Add(in BlockedSpan wait)
    {
        var verdict = known.Judge(wait.Key.Stack);
        if (verdict == WaitVerdict.Unknown && _held.Count < Most)
        {
            _held.Add(wait);
        }
        else
        {
            Decide(wait, verdict);
        }
    }

    /// <summary>Passes on what was found out since. The threads of the others count as waiting still: what they did is not known.</summary>
    public void Close(HashSet<int> waiting)
    {
        int kept = 0;
        for (int i = 0; i < _held.Count; i++)
        {
            var wait = _held[i];
            var verdict = known.Judge(wait.Key.Stack);
            if (verdict == WaitVerdict.Unknown)
            {
                waiting.Add(wait.Thread);
                _held[kept++] = wait;
            }
            else
            {
                Decide(wait, verdict);
            }
        }

        _held.RemoveRange(kept, _held.Count - kept);
    }

    /// <summary>Takes waits that ended before a moment for what they look like: a window that ends then is about to be sealed, afterwards they would be too late.</summary>
    public void DecideBefore(long end)
    {
        int kept = 0;
        for (int i = 0; i < _held.Count; i++)
        {
            var wait = _held[i];
            if (wait.Timestamp < end)
            {
                Decide(wait, known.Judge(wait.Key.Stack));
            }
            else
            {
                _held[kept++] = wait;
            }
        }

        _held.RemoveRange(kept, _held.Count - kept);
    }

    public void MarkLive(bool[] live)
    {
        foreach (var wait in _held)
        {
            live[wait.Key.Stack] = true;
        }
    }

    public void Renumber(int[] moved)
    {
        for (int i = 0; i < _held.Count; i++)
        {
            _held[i] = _held[i] with { Key = _held[i].Key with { Stack = moved[_held[i].Key.Stack] } };
        }
    }

    /// <summary>Nobody waits: the contention has the time, or a pool worker without work waits for everybody and nobody.</summary>
    public static bool IsNone(WaitVerdict verdict, LabelRef label) => verdict == WaitVerdict.Lock || (verdict == WaitVerdict.Idle && label.IsNone);

    private void Decide(in BlockedSpan wait, WaitVerdict verdict)
    {
        if (!IsNone(verdict, wait.Key.Label))
        {
            pass(wait);
        }
    }
}
