namespace SelfProfiler.Labels;

/// <summary>One slot of the <see cref="RequestTable"/>. Written by application threads without a lock.</summary>
/// <remarks>
/// Words that change after the slot was claimed carry the slot's generation: a late writer whose slot was taken over meanwhile
/// fails its compare-exchange instead of writing into somebody else's request.
/// </remarks>
internal struct RequestRow
{
    /// <summary>The end is kept in steps of 16 ns after the start: 52 days in the 48 bits beside the generation.</summary>
    private const int EndStepBits = 4;
    private const long EndMask = (1L << 48) - 1;

    // Generation << 1; odd while a claim writes the words below.
    private long _sequence;
    private ulong _traceHigh;
    private ulong _traceLow;
    private ulong _rootSpan;
    private long _start;

    // Generation (its low 16 bits) << 48 | steps.
    private long _end;

    // Generation << 32 | status << 16 | route; together they keep the row in 64 bytes.
    private long _route;

    // Generation << 32 | label set.
    private long _labels;

    public readonly int Generation => (int)(Volatile.Read(in _sequence) >> 1);

    public readonly bool IsBeingWritten => (Volatile.Read(in _sequence) & 1) != 0;

    /// <summary>Somebody works on the slot's request, as far as is known.</summary>
    public readonly bool IsRunning => Volatile.Read(in _sequence) != 0 && (Volatile.Read(in _end) & EndMask) == 0;

    /// <summary>Fetches the slot, which nobody has touched for a round of the table, for the claim that will want it next.</summary>
    public readonly void Prefetch()
    {
        Cache.Prefetch(in _sequence);
        Cache.Prefetch(in _labels); // a row lies in two cache lines
    }

    /// <returns>The slot's new generation, 0 when somebody else is claiming it.</returns>
    public int Claim(ulong traceHigh, ulong traceLow, ulong rootSpan, long start, int route)
    {
        long before = Volatile.Read(ref _sequence);
        if ((before & 1) != 0 || Interlocked.CompareExchange(ref _sequence, before + 1, before) != before)
        {
            return 0;
        }

        // 31 bits, never 0: an id of all zeroes means none.
        long generation = (((before >> 1) + 1) & 0x7FFFFFFF) is var next && next == 0 ? 1 : next;
        _traceHigh = traceHigh;
        _traceLow = traceLow;
        _rootSpan = rootSpan;
        _start = start;
        Volatile.Write(ref _end, generation << 48);
        Volatile.Write(ref _route, (generation << 32) | (ushort)route);
        Volatile.Write(ref _labels, generation << 32);
        Volatile.Write(ref _sequence, generation << 1);
        return (int)generation;
    }

    /// <summary>The first end counts.</summary>
    public bool TryEnd(int generation, long time)
    {
        long steps = Math.Clamp((time - Volatile.Read(ref _start)) >> EndStepBits, 1, EndMask);
        long open = (long)generation << 48;
        return Generation == generation && Interlocked.CompareExchange(ref _end, open | steps, open) == open;
    }

    public bool TrySetRoute(int generation, int route) => TrySet(ref _route, generation, (ushort)route, 0xFFFF);

    public bool TrySetStatus(int generation, int status) => TrySet(ref _route, generation, (uint)(ushort)status << 16, 0xFFFF0000);

    public bool TrySetLabels(int generation, int labelSet) => TrySet(ref _labels, generation, (uint)labelSet, uint.MaxValue);

    /// <summary>What decides how a sample is labelled, and where a request's time goes.</summary>
    public readonly bool TryGetState(int generation, out RequestState state)
    {
        long route = Volatile.Read(in _route);
        long end = Volatile.Read(in _end);
        long start = Volatile.Read(in _start);
        state = new RequestState((ushort)route, (ushort)(route >> 16), start, EndOf(end, start));
        return Volatile.Read(in _sequence) == (long)generation << 1 && route >> 32 == generation;
    }

    public readonly bool TryCopy(RequestId id, out RequestInfo info)
    {
        int generation = Generation;
        if (generation != id.Generation || IsBeingWritten)
        {
            info = default;
            return false;
        }

        long route = Volatile.Read(in _route);
        info = new RequestInfo(
            id,
            _traceHigh,
            _traceLow,
            _rootSpan,
            (ushort)route,
            (int)Volatile.Read(in _labels),
            (ushort)(route >> 16),
            _start,
            EndOf(Volatile.Read(in _end), _start));
        Volatile.ReadBarrier();
        return Volatile.Read(in _sequence) == (long)generation << 1;
    }

    private static long EndOf(long word, long start) => (word & EndMask) is var steps && steps == 0 ? 0 : start + (steps << EndStepBits);

    private static bool TrySet(ref long word, int generation, uint value, uint mask)
    {
        while (true)
        {
            long before = Volatile.Read(ref word);
            long after = (before & ~(long)mask) | value;
            if (before >> 32 != generation)
            {
                return false;
            }

            if (before == after || Interlocked.CompareExchange(ref word, after, before) == before)
            {
                return true;
            }
        }
    }
}

/// <summary>What of a request may change while it runs, and when it began.</summary>
/// <param name="Route">Its number.</param>
/// <param name="Status">The answer's; 0 when it is not known.</param>
/// <param name="Start">Monotonic.</param>
/// <param name="End">0 while it runs.</param>
internal readonly record struct RequestState(int Route, int Status, long Start, long End);
