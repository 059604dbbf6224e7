namespace SelfProfiler.Decode;

/// <summary>What began and did not end yet on a thread.</summary>
internal enum PairKind : byte
{
    Wait,
    Contention,
}

/// <summary>
/// Joins begins and ends per thread. Pairs nest: a contended lock waits inside its contention, and Monitor.Wait may contend
/// for its lock before it returns. Bounded; what has no room is counted.
/// </summary>
internal sealed class OpenPairs(RuntimeEventCounters counters)
{
    private const int InitialSlots = 128;
    private const int None = -1;

    // Pump only. A thread's slot holds its innermost open pair; pairs come from a pool and point to the one around them.
    // Open addressing, at most half full.
    private long[] _threads = new long[InitialSlots];
    private int[] _innermost = new int[InitialSlots];
    private Pair[] _pairs = new Pair[64];
    private int _used;
    private int _free = None;

    /// <summary>A pair that began.</summary>
    public struct Pair
    {
        public PairKind Kind;
        public long Begin;
        public int Owner;
        public int StackLength;
        public ulong[]? Stack;
        public bool InContention;
        internal bool Orphaned;
        internal int Outer;
        internal int Depth;

        public readonly ReadOnlySpan<ulong> Addresses => Stack.AsSpan(0, StackLength);
    }

    public int Count { get; private set; }

    /// <summary>Where losses are counted.</summary>
    public RuntimeEventCounters Counters { get; set; } = counters;

    public void Begin(long thread, PairKind kind, long timestamp, int owner, ReadOnlySpan<ulong> stack)
    {
        var slot = Slot(thread);
        var outer = _threads[slot] == Key(thread) ? _innermost[slot] : None;

        // The same kind twice in a row: the first one's end was lost.
        if (outer != None && _pairs[outer].Kind == kind)
        {
            Counters.AddLostEnd();
            outer = Pop(slot);
            slot = Slot(thread);
        }

        if (Count == DecodeLimits.MaxThreads || (outer != None && _pairs[outer].Depth == DecodeLimits.MaxPairDepth))
        {
            Counters.AddDroppedPair();
            return;
        }

        if (outer == None && Count * 2 >= _threads.Length)
        {
            Grow();
            slot = Slot(thread);
        }

        var index = Take();
        ref var pair = ref _pairs[index];
        pair.Kind = kind;
        pair.Begin = timestamp;
        pair.Owner = owner;
        pair.Orphaned = false;
        pair.Outer = outer;
        pair.Depth = outer == None ? 1 : _pairs[outer].Depth + 1;
        pair.InContention = outer != None && (_pairs[outer].Kind == PairKind.Contention || _pairs[outer].InContention);
        Keep(ref pair, stack);
        _threads[slot] = Key(thread);
        _innermost[slot] = index;
    }

    /// <summary>Takes the innermost pair of this kind off the thread, and what began inside it.</summary>
    /// <returns>False when its beginning is not known. The pair is valid until the next call.</returns>
    public bool TryEnd(long thread, PairKind kind, out Pair pair)
    {
        var slot = Slot(thread);
        var index = _threads[slot] == Key(thread) ? _innermost[slot] : None;
        while (index != None && _pairs[index].Kind != kind)
        {
            index = _pairs[index].Outer;
        }

        if (index == None)
        {
            // It was counted where it began: with an earlier session of ours, where that stopped; or it was lost, and counted as that.
            pair = default;
            return false;
        }

        pair = _pairs[index];
        while (_innermost[slot] != index)
        {
            Counters.AddLostEnd();
            Pop(slot);
        }

        Pop(slot);
        return true;
    }

    /// <summary>Goes through the open pairs that no other is around, one per thread.</summary>
    /// <param name="position">0 to begin; kept by the caller between calls.</param>
    /// <param name="thread">Whose pair it is.</param>
    /// <param name="pair">Valid until the next pair begins or ends.</param>
    /// <returns>False after the last one.</returns>
    public bool Next(ref int position, out long thread, out Pair pair)
    {
        for (; position < _threads.Length; position++)
        {
            if (_threads[position] == 0)
            {
                continue;
            }

            var index = _innermost[position];
            while (_pairs[index].Outer != None)
            {
                index = _pairs[index].Outer;
            }

            (thread, pair) = (_threads[position++] - 1, _pairs[index]);
            return true;
        }

        (thread, pair) = (0, default);
        return false;
    }

    /// <summary>Forgets what is open on a thread: its end may be among lost events, and is counted as lost.</summary>
    public void Cut(long thread)
    {
        var slot = Slot(thread);
        for (var open = _threads[slot] == Key(thread); open;)
        {
            Counters.AddLostEnd();
            open = Pop(slot) != None;
        }
    }

    /// <summary>Cuts what is open on threads that had ended at the last call: their last events may be on the way until then.</summary>
    public void CutOrphans(Func<int, bool> hasEnded)
    {
        // Backwards: what moves when a slot is vacated has been looked at, and is not met again.
        for (var slot = _threads.Length - 1; slot >= 0; slot--)
        {
            var thread = _threads[slot] - 1;
            if (thread is <= 0 or > int.MaxValue || !hasEnded((int)thread))
            {
                continue;
            }

            ref var pair = ref _pairs[_innermost[slot]];
            if (pair.Orphaned)
            {
                Cut(thread);
            }

            pair.Orphaned = true;
        }
    }

    /// <summary>Forgets everything open at a session's edge, and counts it as cut there, except as many as were told of.</summary>
    public void Clear(int told = 0)
    {
        for (Count -= told; Count > 0; Count--)
        {
            Counters.AddCutPair();
        }

        // The pool's stacks stay, for the next pairs.
        Array.Clear(_threads);
        _used = 0;
        _free = None;
    }

    // 0 marks an empty slot.
    private static long Key(long thread) => thread + 1;

    private int Mask => _threads.Length - 1;

    private int Home(long key) => (int)((ulong)key * 0x9E3779B97F4A7C15 >> 32) & Mask;

    // The thread's slot, or the empty one where it belongs.
    private int Slot(long thread)
    {
        var key = Key(thread);
        var slot = Home(key);
        while (_threads[slot] != 0 && _threads[slot] != key)
        {
            slot = (slot + 1) & Mask;
        }

        return slot;
    }

    // Returns the pair around the one that was taken off.
    private int Pop(int slot)
    {
        var index = _innermost[slot];
        var outer = _pairs[index].Outer;
        _pairs[index].Outer = _free;
        _free = index;
        Count--;
        if (outer == None)
        {
            Vacate(slot);
        }
        else
        {
            _innermost[slot] = outer;
        }

        return outer;
    }

    // Moves later slots of the same run forward, so that no search ends at the gap.
    private void Vacate(int slot)
    {
        var next = slot;
        while (true)
        {
            next = (next + 1) & Mask;
            if (_threads[next] == 0)
            {
                _threads[slot] = 0;
                return;
            }

            var distance = (next - Home(_threads[next])) & Mask;
            if (distance >= ((next - slot) & Mask))
            {
                _threads[slot] = _threads[next];
                _innermost[slot] = _innermost[next];
                slot = next;
            }
        }
    }

    private void Grow()
    {
        var (threads, innermost) = (_threads, _innermost);
        _threads = new long[threads.Length * 2];
        _innermost = new int[threads.Length * 2];
        for (var old = 0; old < threads.Length; old++)
        {
            if (threads[old] != 0)
            {
                var slot = Slot(threads[old] - 1);
                _threads[slot] = threads[old];
                _innermost[slot] = innermost[old];
            }
        }
    }

    private int Take()
    {
        Count++;
        if (_free != None)
        {
            var index = _free;
            _free = _pairs[index].Outer;
            return index;
        }

        if (_used == _pairs.Length)
        {
            Array.Resize(ref _pairs, _pairs.Length * 2);
        }

        return _used++;
    }

    private static void Keep(ref Pair pair, ReadOnlySpan<ulong> stack)
    {
        var length = Math.Min(stack.Length, DecodeLimits.RuntimeStackDepth);
        if (pair.Stack is null || pair.Stack.Length < length)
        {
            pair.Stack = new ulong[Math.Min(DecodeLimits.RuntimeStackDepth, (length + 15) & ~15)];
        }

        stack[..length].CopyTo(pair.Stack);
        pair.StackLength = length;
    }
}
