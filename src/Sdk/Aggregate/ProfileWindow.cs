using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Sums samples of some kinds between two moments of event time, until it is sealed. Pump only.</summary>
internal sealed class ProfileWindow
{
    public const int KindCount = (int)ProfileKind.Threads + 1;

    private readonly PagedTable<SampleKey, SampleValue>?[] _cells = new PagedTable<SampleKey, SampleValue>?[KindCount];
    private readonly PagedTable<RequestId, RequestCopy> _requests = new();
    private readonly RequestTable _requestTable;
    private readonly int _kinds;
    private readonly int _maxCells;
    private HashSet<int>? _threads;

    /// <param name="kinds">Bit per <see cref="ProfileKind"/>.</param>
    /// <param name="from">First moment, inclusive.</param>
    /// <param name="to">Last moment, exclusive; <see cref="long.MaxValue"/> while open-ended.</param>
    /// <param name="requests">Where the attributes of requests are copied from while they are still known.</param>
    /// <param name="maxCells">Rows of one kind; beyond, samples lose their labels, then their stack.</param>
    public ProfileWindow(int kinds, long from, long to, RequestTable requests, int maxCells)
    {
        _kinds = kinds;
        From = from;
        To = to;
        _requestTable = requests;
        _maxCells = maxCells;
    }

    public long From { get; }

    public long To { get; set; }

    /// <summary>Cumulative tables keep stacks for ever: they count without requests and never lose a row.</summary>
    public bool Cumulative { get; init; }

    /// <summary>Rows that are not there yet become <c>[overflow]</c>, whatever room there is.</summary>
    public bool IsFull { get; set; }

    /// <summary>Rows one kind may have.</summary>
    public int MaxCells => _maxCells;

    /// <summary>Rows of the kind that has most, and how many it may have. Any thread.</summary>
    public (int Used, int Limit) Room
    {
        get
        {
            int used = _cells.Max(static cells => cells?.Count ?? 0);
            return (used, IsFull ? used : _maxCells);
        }
    }

    /// <summary>Samples that lost their labels or their stack at the limit.</summary>
    public long Overflowed { get; private set; }

    /// <summary>Tick windows that fell into this window: the accuracy of CPU from ticks is stated by them.</summary>
    public int TickWindows { get; set; }

    public bool Wants(ProfileKind kind) => (_kinds & (1 << (int)kind)) != 0;

    /// <summary>Whether this thread was not in the list yet; the list is not longer than the process's threads.</summary>
    public bool SeesFirst(int thread) => (_threads ??= []).Add(thread);

    /// <returns>False when its slot was taken over before anything of it was counted here, or there is no room for another.</returns>
    public bool Remember(RequestId id)
    {
        if (Cumulative || _requests.Contains(id))
        {
            return true;
        }

        if (HasAllRequests || !_requestTable.TryGet(id, out var info))
        {
            return false;
        }

        _requests.Add(id) = new RequestCopy(info);
        return true;
    }

    /// <returns>False when there was no room: it counts without its labels, or without its stack.</returns>
    public bool Add(ProfileKind kind, SampleKey key, double count, double value, int overflowStack)
    {
        var cells = _cells[(int)kind] ??= new();
        bool fits = true;
        if (Cumulative)
        {
            key = key with { Label = default, Route = RouteOf(key), Flags = key.Flags & SampleFlags.Unlabelled };
        }
        else if (!key.Label.Request.IsNone && !Remember(key.Label.Request))
        {
            fits = !HasAllRequests;
            if (fits)
            {
                _requestTable.CountForgotten();
            }

            key = key with { Label = new LabelRef(RequestId.None, 0, key.Label.LabelSet), Route = RouteOf(key) };
        }

        if ((IsFull || cells.Count >= _maxCells) && !cells.Contains(key))
        {
            fits = false;
            key = key with { Label = default, Route = RouteOf(key) };
            if (!cells.Contains(key))
            {
                key = new SampleKey(overflowStack, default, 0, key.Flags & SampleFlags.Unlabelled);
            }
        }

        ref var cell = ref cells.GetOrAdd(key, out _);
        cell.Count += count;
        cell.Value += value;
        Overflowed += fits ? 0 : 1;
        return fits;
    }

    /// <summary>Copies anew what is known of requests that still ran: their slots may be taken over before the window is sealed.</summary>
    public void RefreshRequests()
    {
        for (int i = 0; i < _requests.Count; i++)
        {
            ref var copy = ref _requests[i];
            if (copy.End == 0 && _requestTable.TryGet(_requests.Key(i), out var now))
            {
                copy = new RequestCopy(now);
            }
        }
    }

    public void MarkLive(bool[] live)
    {
        foreach (var cells in _cells)
        {
            if (cells is not null)
            {
                for (int i = 0; i < cells.Count; i++)
                {
                    live[cells.Key(i).Stack] = true;
                }
            }
        }
    }

    public void Renumber(int[] moved)
    {
        for (int kind = 0; kind < KindCount; kind++)
        {
            if (_cells[kind] is not { } old)
            {
                continue;
            }

            var cells = new PagedTable<SampleKey, SampleValue>();
            for (int i = 0; i < old.Count; i++)
            {
                cells.GetOrAdd(old.Key(i) with { Stack = moved[old.Key(i).Stack] }, out _) = old[i];
            }

            _cells[kind] = cells;
        }
    }

    private bool HasAllRequests => _requests.Count >= Limits.WindowRequests;

    public PagedTable<SampleKey, SampleValue>? CellsOf(ProfileKind kind) => _cells[(int)kind];

    public RequestInfo[] Requests()
    {
        RefreshRequests();
        var requests = new RequestInfo[_requests.Count];
        for (int i = 0; i < requests.Length; i++)
        {
            requests[i] = _requests[i].Of(_requests.Key(i));
        }

        return requests;
    }

    private int RouteOf(in SampleKey key)
    {
        if (key.Route != 0 || key.Label.Request.IsNone)
        {
            return key.Route;
        }

        return _requestTable.TryGet(key.Label.Request, out var info) ? info.Route : 0;
    }

    /// <summary>What a window keeps of a request, in 48 bytes: there are tens of thousands. What it used is asked of the table.</summary>
    private readonly struct RequestCopy(in RequestInfo info)
    {
        public readonly long End = info.End;
        private readonly ulong _traceHigh = info.TraceIdHigh;
        private readonly ulong _traceLow = info.TraceIdLow;
        private readonly ulong _rootSpan = info.RootSpanId;
        private readonly long _start = info.Start;
        private readonly int _labelSet = info.LabelSet;
        private readonly ushort _route = (ushort)info.Route;
        private readonly ushort _status = (ushort)info.Status;

        public RequestInfo Of(RequestId id) => new(id, _traceHigh, _traceLow, _rootSpan, _route, _labelSet, _status, _start, End);
    }
}
