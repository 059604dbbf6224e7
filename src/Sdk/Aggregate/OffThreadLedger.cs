using System.Runtime.InteropServices;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Finds the time in which nobody worked for a running request: its duration without the union of its on-thread intervals. Pump only.</summary>
/// <remarks>Such time is charged to the spans that were active when the last thread left the request. Whether it waited for something or for a
/// thread of the pool cannot be told without events for every work item, which nobody wants to pay for: both are <c>[awaiting]</c>.</remarks>
internal sealed class OffThreadLedger(RequestTable requests, AwaitingStacks stacks)
{
    private readonly PagedTable<RequestId, State> _running = new();
    private readonly PagedList<Piece> _pieces = new(); // of this period, linked by request: tens of thousands on a busy server
    private readonly List<Piece> _sorted = [];

    /// <summary>Told of every followed request that has ended, when all that it used has been booked.</summary>
    public Action<RequestId>? Ended { get; set; }

    /// <summary>Pieces of work of requests that were not followed because there were too many: their time off the thread is missing.</summary>
    public long Dropped { get; private set; }

    public void OnThread(in LabelInterval interval)
    {
        if (interval.Label.Request.IsNone)
        {
            return;
        }

        int number = _running.Find(interval.Label.Request);
        if (number < 0)
        {
            if (_running.Count >= Limits.Balances || !requests.TryGet(interval.Label.Request, out var info))
            {
                Dropped += _running.Count >= Limits.Balances ? 1 : 0;
                return;
            }

            number = _running.Count;
            _running.Add(interval.Label.Request) = new State { Until = info.Start, First = -1, Span = interval.Label.SpanId, LabelSet = interval.Label.LabelSet, Chain = interval.Chain };
        }

        ref var state = ref _running[number];
        _pieces.Add(new Piece
        {
            Start = interval.Start,
            End = interval.End,
            Span = interval.Label.SpanId,
            LabelSet = interval.Label.LabelSet,
            Chain = interval.Chain,
            Next = state.First,
        });
        state.First = _pieces.Count - 1;
    }

    /// <summary>Emits what was off every thread since the last call. All intervals up to then have been delivered.</summary>
    public void Close(long until, GapHandler emit)
    {
        int kept = 0;
        for (int i = 0; i < _running.Count; i++)
        {
            var id = _running.Key(i);
            bool known = requests.TryGetState(id, out _, out long end);
            ref var state = ref _running[i];
            if (known)
            {
                EmitGaps(id, ref state, end == 0 ? until : Math.Min(end, until), emit);
            }

            state.First = -1;
            if (known && (end == 0 || end > until))
            {
                _running.Move(i, kept++);
            }
            else if (known)
            {
                Ended?.Invoke(id);
            }
        }

        _running.Truncate(kept);
        _pieces.Truncate(0);
    }

    private void EmitGaps(RequestId id, ref State state, long until, GapHandler emit)
    {
        _sorted.Clear();
        for (int i = state.First; i >= 0; i = _pieces[i].Next)
        {
            _sorted.Add(_pieces[i]);
        }

        _sorted.Sort(static (left, right) => left.Start.CompareTo(right.Start));
        foreach (ref readonly var piece in CollectionsMarshal.AsSpan(_sorted))
        {
            Emit(id, ref state, Math.Min(piece.Start, until), emit);
            if (piece.End > state.Until)
            {
                state.Until = Math.Min(piece.End, until);
                (state.Span, state.LabelSet, state.Chain, state.Waiting) = (piece.Span, piece.LabelSet, piece.Chain, false);
            }
        }

        Emit(id, ref state, until, emit);
    }

    private void Emit(RequestId id, ref State state, long until, GapHandler emit)
    {
        if (until <= state.Until)
        {
            return;
        }

        emit(state.Until, until, new SampleKey(stacks.Of(state.Chain), new LabelRef(id, state.Span, state.LabelSet), 0, SampleFlags.None), state.Waiting ? 0 : 1);
        state.Until = until;
        state.Waiting = true;
    }

    /// <summary>A thread worked for the request.</summary>
    private struct Piece
    {
        public long Start;
        public long End;
        public ulong Span;
        public int LabelSet;
        public int Chain;

        /// <summary>The piece of the same request that came before; -1 for none.</summary>
        public int Next;
    }

    private struct State
    {
        /// <summary>Accounted for up to here.</summary>
        public long Until;

        /// <summary>What the last thread to leave worked on.</summary>
        public ulong Span;
        public int LabelSet;
        public int Chain;

        /// <summary>The last of this period's pieces; -1 for none.</summary>
        public int First;

        /// <summary>The gap goes on since the last period.</summary>
        public bool Waiting;
    }
}

/// <param name="start">Begin of the time without a thread.</param>
/// <param name="end">Its end.</param>
/// <param name="key">Under what it is counted.</param>
/// <param name="count">1 where such a time begins, 0 where it goes on.</param>
internal delegate void GapHandler(long start, long end, in SampleKey key, double count);
