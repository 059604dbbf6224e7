using System.Runtime.InteropServices;

namespace SelfProfiler.Labels;

/// <summary>The requests of the recent past: bounded, oldest evicted first. Application threads claim and describe, the pump books what was used, queries copy out.</summary>
internal sealed class RequestTable
{
    private const int ChunkBits = 8;
    private const int ChunkSize = 1 << ChunkBits;

    /// <summary>How many running requests a claim passes over before it evicts one.</summary>
    private const int Patience = 8;

    private readonly LabelCounters _counters;
    private readonly int _max;
    private readonly Chunk?[] _chunks;

    // Application threads.
    private Taking _taking;

    // Pump only.
    private long _maintainedAt;

    public RequestTable(LabelCounters counters, int max)
    {
        _counters = counters;
        _max = (max + ChunkSize - 1) & ~(ChunkSize - 1);
        _chunks = new Chunk?[_max >> ChunkBits];
        _chunks[0] = new Chunk();
    }

    /// <summary>Slots in use, ended requests included.</summary>
    public int Count => (int)Math.Min(Interlocked.Read(ref _taking.Tickets), _max);

    public int Capacity => _max;

    /// <param name="traceHigh">Its trace id.</param>
    /// <param name="traceLow">The rest of it.</param>
    /// <param name="rootSpan">The span it begins with.</param>
    /// <param name="start">Monotonic.</param>
    /// <param name="route">0 when it is not known yet.</param>
    /// <param name="startUtc">What its activity says, for <see cref="IsNew"/>.</param>
    /// <returns>None when every slot tried was being claimed by somebody else.</returns>
    public RequestId Claim(ulong traceHigh, ulong traceLow, ulong rootSpan, long start, int route = 0, long startUtc = 0)
    {
        for (long newest = Volatile.Read(ref _taking.NewestUtc); startUtc > newest;)
        {
            long before = Interlocked.CompareExchange(ref _taking.NewestUtc, startUtc, newest);
            newest = before == newest ? startUtc : before;
        }

        for (int attempt = 0; attempt < Patience * 2; attempt++)
        {
            int slot = (int)((ulong)(Interlocked.Increment(ref _taking.Tickets) - 1) % (ulong)_max);
            var rows = ChunkFor(slot).Rows;
            ref var row = ref rows[slot & (ChunkSize - 1)];
            bool running = row.IsRunning;
            if (running && attempt < Patience)
            {
                continue;
            }

            int generation = row.Claim(traceHigh, traceLow, rootSpan, start, route);
            if (generation != 0)
            {
                if (running)
                {
                    LabelCounters.Add(ref _counters.RequestsEvictedRunning);
                }

                rows[(slot + 1) & (ChunkSize - 1)].Prefetch();
                return RequestId.Of(slot, generation);
            }
        }

        LabelCounters.Add(ref _counters.RequestsRefused);
        return RequestId.None;
    }

    /// <summary>Certain that no activity that started at this time has a slot: it started later than all that have one.</summary>
    /// <remarks>Almost every activity is asked about once, when it starts; to look for it would be a cache miss for each.</remarks>
    public bool IsNew(long startUtc) => startUtc > Volatile.Read(ref _taking.NewestUtc);

    public bool End(RequestId id, long time) => Find(id) is { } chunk && chunk.Row(id).TryEnd(id.Generation, time);

    /// <summary>Ends what runs: nobody will tell when it really ends.</summary>
    public void EndAll(long time)
    {
        for (int i = 0; i < _chunks.Length; i++)
        {
            foreach (ref var row in (Volatile.Read(ref _chunks[i])?.Rows).AsSpan())
            {
                if (row.IsRunning)
                {
                    _ = row.TryEnd(row.Generation, time);
                }
            }
        }
    }

    public bool SetRoute(RequestId id, int route) => Find(id) is { } chunk && chunk.Row(id).TrySetRoute(id.Generation, route);

    public bool SetLabels(RequestId id, int labelSet) => Find(id) is { } chunk && chunk.Row(id).TrySetLabels(id.Generation, labelSet);

    public bool SetStatus(RequestId id, int status) => Find(id) is { } chunk && chunk.Row(id).TrySetStatus(id.Generation, status);

    /// <summary>A sample's request has left the table before the sample was counted.</summary>
    public void CountForgotten() => LabelCounters.Add(ref _counters.SamplesOfEvicted);

    public bool IsRunning(RequestId id) =>
        TryGetState(id, out _, out long end) && end == 0;

    /// <summary>What decides how a sample is labelled; false when the slot was taken over.</summary>
    public bool TryGetState(RequestId id, out int route, out long end)
    {
        bool found = TryGetState(Find(id), id, out var state);
        (route, end) = (state.Route, state.End);
        return found;
    }

    public bool TryGet(RequestId id, out RequestInfo info)
    {
        if (Find(id) is { } chunk && chunk.Row(id).TryCopy(id, out info))
        {
            info = info with { Usage = chunk.UsageOf(id).Read(id.Generation) };
            return true;
        }

        info = default;
        return false;
    }

    /// <summary>Books what a request used. Pump only.</summary>
    /// <returns>How far the pump is with it.</returns>
    public RequestProgress AddUsage(RequestId id, in RequestUsage more)
    {
        if (Find(id) is not { } chunk || chunk.Row(id).Generation != id.Generation)
        {
            return RequestProgress.New;
        }

        ref var usage = ref chunk.UsageOf(id);
        usage.Add(id.Generation, more);
        return usage.ProgressOf(id.Generation);
    }

    /// <summary>Books the time a thread worked for a request, and says what that time is of the request. Pump only.</summary>
    public BookedInterval Book(in LabelInterval interval)
    {
        var id = interval.Label.Request;
        if (!TryGetState(Find(id), id, out var state))
        {
            if (!id.IsNone)
            {
                LabelCounters.Add(ref _counters.ChangesForgotten);
            }

            return default;
        }

        // What goes on after the request's end is no longer time of the request.
        ref var usage = ref Find(id)!.UsageOf(id);
        long until = state.End == 0 ? interval.End : Math.Min(interval.End, state.End);
        if (until > interval.Start || interval.AllocatedBytes != 0)
        {
            usage.Add(id.Generation, new RequestUsage(Math.Max(0, until - interval.Start), interval.AllocatedBytes, 0, 0, 0));
        }

        if (state.End != 0 && state.End <= interval.Start)
        {
            return new BookedInterval(IntervalPart.After, state, default);
        }

        var progress = usage.ProgressOf(id.Generation);
        bool whole = state.End != 0 && interval.Start <= state.Start && state.End <= interval.End;
        if (progress == RequestProgress.New)
        {
            usage.Mark(id.Generation, whole ? RequestProgress.Settled : RequestProgress.Followed);
        }

        return progress switch
        {
            RequestProgress.Settled => new BookedInterval(IntervalPart.Beside, state, default),
            RequestProgress.New when whole => new BookedInterval(IntervalPart.Whole, state, usage.Usage),
            _ => new BookedInterval(IntervalPart.Piece, state, default),
        };
    }

    /// <summary>Its route is being told of it: what is booked later must be told too. Pump only.</summary>
    public void Settle(RequestId id)
    {
        if (Find(id) is { } chunk && chunk.Row(id).Generation == id.Generation)
        {
            chunk.UsageOf(id).Mark(id.Generation, RequestProgress.Settled);
        }
    }

    /// <summary>Copies of the requests in the table, newest claims first. For queries: it takes its time.</summary>
    public IEnumerable<RequestInfo> Recent()
    {
        long newest = Interlocked.Read(ref _taking.Tickets) - 1;
        for (long ticket = newest; ticket >= 0 && ticket > newest - _max; ticket--)
        {
            int slot = (int)(ticket % _max);
            if (Volatile.Read(ref _chunks[slot >> ChunkBits]) is { } chunk
                && TryGet(RequestId.Of(slot, chunk.Rows[slot & (ChunkSize - 1)].Generation), out var info))
            {
                yield return info;
            }
        }
    }

    /// <summary>Makes room before application threads need it. Pump only.</summary>
    public void Maintain()
    {
        // As much again as was used since the last time.
        long now = Interlocked.Read(ref _taking.Tickets);
        long soon = Math.Min(_max, now + Math.Max(ChunkSize / 2, 2 * (now - _maintainedAt)));
        for (long slot = now; slot < soon; slot += ChunkSize)
        {
            _ = ChunkFor((int)slot);
        }

        _maintainedAt = now;
    }

    private Chunk? Find(RequestId id)
    {
        int chunk = id.Slot >> ChunkBits;
        return !id.IsNone && (uint)chunk < (uint)_chunks.Length ? Volatile.Read(ref _chunks[chunk]) : null;
    }

    private static bool TryGetState(Chunk? chunk, RequestId id, out RequestState state)
    {
        state = default;
        return chunk is not null && chunk.Row(id).TryGetState(id.Generation, out state);
    }

    private Chunk ChunkFor(int slot)
    {
        ref var place = ref _chunks[slot >> ChunkBits];
        if (Volatile.Read(ref place) is { } chunk)
        {
            return chunk;
        }

        var made = new Chunk();
        return Interlocked.CompareExchange(ref place, made, null) ?? made;
    }

    /// <summary>What every request writes, in a cache line that nothing else is read from.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private struct Taking
    {
        /// <summary>Claims so far; slots are taken in turn.</summary>
        [FieldOffset(64)]
        public long Tickets;

        /// <summary>The latest start of an activity that has claimed one.</summary>
        [FieldOffset(72)]
        public long NewestUtc;
    }

    private sealed class Chunk
    {
        public readonly RequestRow[] Rows = new RequestRow[ChunkSize];
        private readonly UsageRow[] _usage = new UsageRow[ChunkSize];

        public ref RequestRow Row(RequestId id) => ref Rows[id.Slot & (ChunkSize - 1)];

        public ref UsageRow UsageOf(RequestId id) => ref _usage[id.Slot & (ChunkSize - 1)];
    }
}
