using System.Runtime.InteropServices;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Where the time goes that nothing explains: the stacks that ticks saw, first of the same thread at the same work, else of the same route. Pump only.</summary>
/// <remarks>Ticks are rare and requests are short: most of them meet none. How much time they spent is known exactly; the stack under it is then
/// one that another request of the route was seen in lately, so that the sum of a route tells where its time goes.</remarks>
internal sealed class RestStacks(StackTrie trie, FrameTable frames)
{
    /// <summary>Stacks one balance is shared out to at most: more would only make more rows.</summary>
    private const int MaxShares = 8;

    private const int MaxRoutes = 512;
    private const int MaxStanding = 16_384;
    private const int PerRoute = 16;
    private const long KeptNs = 60_000_000_000;

    private readonly Dictionary<(int Thread, LabelRef Label), Seen> _own = [];
    private readonly Dictionary<int, Ring> _routes = [];
    private readonly int[] _shares = new int[MaxShares];
    private int _turn;

    /// <summary>A tick of the period that is being closed.</summary>
    public void Saw(in PendingSample tick)
    {
        if (_own.Count >= MaxStanding)
        {
            return;
        }

        ref var seen = ref CollectionsMarshal.GetValueRefOrAddDefault(_own, (tick.Thread, tick.Key.Label), out _);
        seen.Stacks ??= new int[MaxShares];
        if (!seen.Fresh || (seen.Computing && !tick.Computing))
        {
            (seen.Fresh, seen.Count, seen.Computing) = (true, 0, tick.Computing);
        }

        // Where a thread was seen to stand still, what it did while it ran does not matter.
        if (seen.Computing == tick.Computing)
        {
            seen.Stacks[seen.Count++ % MaxShares] = tick.Key.Stack;
        }
    }

    /// <summary>A tick met this very work.</summary>
    public bool Knows((int Thread, LabelRef Label) key) => _own.Count > 0 && _own.ContainsKey(key);

    /// <summary>The stacks that share the rest of a balance in equal parts; valid until the next call.</summary>
    public int Of((int Thread, LabelRef Label) key, int route, long now, out ReadOnlySpan<int> stacks)
    {
        stacks = _shares;
        ref var seen = ref CollectionsMarshal.GetValueRefOrNullRef(_own, key);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref seen))
        {
            seen.Used = true;
            int count = Math.Min(seen.Count, MaxShares);
            for (int i = 0; i < count; i++)
            {
                _shares[i] = seen.Computing ? NotRunning(seen.Stacks[i]) : seen.Stacks[i];
            }

            Keep(route, _shares[0], now, seen.Fresh);
            return count;
        }

        _shares[0] = _routes.TryGetValue(route, out var ring) && ring.Pick(_turn++, now - KeptNs) is > 0 and var stack ? stack : NotRunning(StackTrie.Root);
        return 1;
    }

    /// <summary>A thread that goes on with the same work stands where it was seen last; others are forgotten, but for what they say of their route.</summary>
    public void EndPeriod(long now, Func<RequestId, int> routeOf)
    {
        foreach (var (key, seen) in _own)
        {
            if (!seen.Used)
            {
                if (!seen.Computing)
                {
                    Keep(routeOf(key.Label.Request), seen.Stacks[0], now, seen.Fresh); // its time was a part of its route's sum
                }

                _own.Remove(key); // removal during enumeration is allowed for this collection
            }
            else
            {
                ref var kept = ref CollectionsMarshal.GetValueRefOrNullRef(_own, key);
                (kept.Used, kept.Fresh) = (false, false);
            }
        }

        if (_routes.Count >= MaxRoutes)
        {
            _routes.Clear();
        }
    }

    public void MarkLive(bool[] live)
    {
        foreach (var seen in _own.Values)
        {
            MarkLive(seen.Stacks, live);
        }

        foreach (var ring in _routes.Values)
        {
            MarkLive(ring.Stacks, live);
        }
    }

    public void Renumber(int[] moved)
    {
        foreach (var seen in _own.Values)
        {
            Renumber(seen.Stacks, moved);
        }

        foreach (var ring in _routes.Values)
        {
            Renumber(ring.Stacks, moved);
        }
    }

    private static void MarkLive(int[] stacks, bool[] live)
    {
        foreach (int stack in stacks)
        {
            live[stack] = true;
        }
    }

    private static void Renumber(int[] stacks, int[] moved)
    {
        for (int i = 0; i < stacks.Length; i++)
        {
            stacks[i] = moved[stacks[i]];
        }
    }

    private void Keep(int route, int stack, long now, bool fresh)
    {
        if (route == 0 || !fresh)
        {
            return;
        }

        if (!_routes.TryGetValue(route, out var ring))
        {
            _routes.Add(route, ring = new Ring());
        }

        ring.Add(stack, now);
    }

    private int NotRunning(int stack) => trie.Child(stack, frames.Intern("[not running]"));

    private struct Seen
    {
        public int[] Stacks;
        public int Count;

        /// <summary>Only ticks of running code: it waited for a processor.</summary>
        public bool Computing;

        /// <summary>Seen in the period that is being closed.</summary>
        public bool Fresh;

        public bool Used;
    }

    private sealed class Ring
    {
        private readonly long[] _times = new long[PerRoute];
        private int _next;

        public int[] Stacks { get; } = new int[PerRoute];

        public void Add(int stack, long now)
        {
            (Stacks[_next], _times[_next]) = (stack, now);
            _next = (_next + 1) % PerRoute;
        }

        /// <returns>One after the other of those that are young enough; 0 when there is none.</returns>
        public int Pick(int turn, long after)
        {
            for (int i = 0; i < PerRoute; i++)
            {
                int at = (turn + i) & (PerRoute - 1);
                if (Stacks[at] != 0 && _times[at] > after)
                {
                    return Stacks[at];
                }
            }

            return 0;
        }
    }
}
