namespace SelfProfiler.Labels;

/// <summary>What the requests of each route took and used, over the last half hour to hour, also of those the table has forgotten. The pump adds, anybody asks.</summary>
internal sealed class RouteStatistics
{
    /// <summary>Routes told apart (about 4 KB each); the others are counted together.</summary>
    public const int MaxRoutes = 500;

    private const long HalfNs = 1_800_000_000_000;

    private readonly Lock _gate = new();

    // Guarded by _gate: the half hour that is running, and the one before; the route that was told of last.
    private Dictionary<int, RouteTotals> _now = [];
    private Dictionary<int, RouteTotals> _before = [];
    private long _since;
    private int _lastRoute = -1;
    private RouteTotals _last = new();

    /// <summary>A request has ended.</summary>
    public void Add(in RequestState request, in RequestUsage usage)
    {
        lock (_gate)
        {
            if (request.End - _since >= HalfNs)
            {
                _before = request.End - _since < 2 * HalfNs ? _now : [];
                _now = [];
                _lastRoute = -1;
                _since = request.End;
            }

            TotalsOf(request.Route).Add(request.End - request.Start, request.Status, usage);
        }
    }

    /// <summary>A request that has been told used more, as is known by now.</summary>
    public void AddUsage(int route, in RequestUsage more)
    {
        lock (_gate)
        {
            TotalsOf(route).Add(more);
        }
    }

    /// <summary>Copies by route.</summary>
    public Dictionary<int, RouteTotals> Read()
    {
        var sums = new Dictionary<int, RouteTotals>();
        lock (_gate)
        {
            foreach (var (route, totals) in _before.Concat(_now))
            {
                if (!sums.TryGetValue(route, out var sum))
                {
                    sums[route] = sum = new RouteTotals();
                }

                sum.Add(totals);
            }
        }

        return sums;
    }

    private RouteTotals TotalsOf(int route)
    {
        if (route == _lastRoute)
        {
            return _last; // servers are asked for few routes, one after the other
        }

        int counted = _now.ContainsKey(route) || _now.Count < MaxRoutes ? route : RouteTable.Overflow;
        if (!_now.TryGetValue(counted, out var totals))
        {
            _now[counted] = totals = new RouteTotals();
        }

        (_lastRoute, _last) = (route, totals);
        return totals;
    }
}

/// <summary>Sums over the requests of a route.</summary>
internal sealed class RouteTotals
{
    public LogLinearHistogram Durations { get; } = new();

    public long Count => Durations.Count;

    public int Running { get; private set; }

    /// <summary>Answered with 500 or more.</summary>
    public int Failed { get; private set; }

    public RequestUsage Usage { get; private set; }

    public long DurationNs { get; private set; }

    public void Add(long nanoseconds, int status, in RequestUsage usage)
    {
        Durations.Add(nanoseconds);
        DurationNs += nanoseconds;
        Failed += status >= 500 ? 1 : 0;
        Usage += usage;
    }

    public void Add(in RequestUsage more) => Usage += more;

    /// <summary>One that has not ended counts with its time so far.</summary>
    public void AddRunning(long nanoseconds, in RequestUsage usage)
    {
        Add(nanoseconds, 0, usage);
        Running++;
    }

    public void Add(RouteTotals other)
    {
        Durations.Add(other.Durations);
        DurationNs += other.DurationNs;
        Failed += other.Failed;
        Running += other.Running;
        Usage += other.Usage;
    }
}
