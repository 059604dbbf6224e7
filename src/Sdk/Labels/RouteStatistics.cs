namespace SelfProfiler.Labels;

/// <summary>What the requests of each route took and used, over the last half hour to hour, also of those the table has forgotten. The pump adds, anybody asks.</summary>
internal sealed class RouteStatistics
{
    /// <summary>Routes told apart (about 4 KB each); the others are counted together.</summary>
    public const int MaxRoutes = 500;

    private const long HalfNs = 1_800_000_000_000;

    private readonly Lock _gate = new();

    // Guarded by _gate: the half hour that is running, and the one before.
    private Dictionary<int, RouteTotals> _now = [];
    private Dictionary<int, RouteTotals> _before = [];
    private long _since;

    /// <summary>A request has ended.</summary>
    public void Add(in RequestInfo request)
    {
        lock (_gate)
        {
            if (request.End - _since >= HalfNs)
            {
                _before = request.End - _since < 2 * HalfNs ? _now : [];
                _now = [];
                _since = request.End;
            }

            int route = _now.ContainsKey(request.Route) || _now.Count < MaxRoutes ? request.Route : RouteTable.Overflow;
            if (!_now.TryGetValue(route, out var totals))
            {
                _now[route] = totals = new RouteTotals();
            }

            totals.Add(request.End - request.Start, request.Status, request.Usage);
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
