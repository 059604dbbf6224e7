namespace SelfProfiler.Diagnostics.Fleet;

/// <summary>What the triggers look at, once a second.</summary>
/// <param name="Now">Monotonic nanoseconds.</param>
/// <param name="CpuShare">CPU of the process as a share of the processors it may use.</param>
/// <param name="GcPauseShare">Share of the time that collections stopped the process.</param>
/// <param name="PoolQueue">Work items that wait for a pool thread.</param>
internal readonly record struct TriggerInput(long Now, double CpuShare, double GcPauseShare, long PoolQueue);

/// <summary>All configured triggers. No clock of its own; used by one thread.</summary>
internal sealed class TriggerSet
{
    /// <summary>A sample's flags have room for 15 names: these, three other triggers and the boost on demand.</summary>
    public const int MaxRoutes = 11;

    private readonly Trigger? _cpu;
    private readonly Trigger? _gcPause;
    private readonly Trigger? _poolQueue;
    private readonly List<(string Route, Trigger Trigger)> _routes = [];
    private readonly RouteLatencies _latencies;
    private readonly Dictionary<string, int> _routeNumbers = new(StringComparer.Ordinal);

    public TriggerSet(TriggerOptions options)
    {
        _cpu = Of("cpu", options.Cpu, options);
        _gcPause = Of("gc_pause", options.GcPause, options);
        _poolQueue = Of("pool_queue", options.PoolQueue, options);
        foreach (var (route, threshold) in options.RouteP95)
        {
            _routeNumbers[route] = _routes.Count;
            _routes.Add((route, Of("p95:" + route, threshold.TotalNanoseconds, options)!));
        }

        _latencies = new RouteLatencies(_routes.Count);
    }

    public bool WatchesRoutes => _routes.Count > 0;

    public bool IsEmpty => _cpu is null && _gcPause is null && _poolQueue is null && !WatchesRoutes;

    /// <summary>For names of labels, in the order of <see cref="Observe"/>.</summary>
    public IEnumerable<string> Names => Rules.Select(rule => rule.Name);

    public IEnumerable<TriggerRule> Rules => All().Select(trigger => trigger.Rule);

    public long Suppressed => All().Sum(trigger => trigger.Suppressed);

    /// <summary>A request has ended.</summary>
    public void AddRequest(string? route, long end, long durationNs)
    {
        if (route is not null && _routeNumbers.TryGetValue(route, out int number))
        {
            _latencies.Add(number, end, durationNs);
        }
    }

    /// <returns>The rule of the first trigger that fires now; the others that do are not lost, they count and cool down.</returns>
    public TriggerRule? Observe(in TriggerInput input)
    {
        TriggerRule? fired = null;
        Look(_cpu, input.Now, input.CpuShare, ref fired);
        Look(_gcPause, input.Now, input.GcPauseShare, ref fired);
        Look(_poolQueue, input.Now, input.PoolQueue, ref fired);
        for (int i = 0; i < _routes.Count; i++)
        {
            Look(_routes[i].Trigger, input.Now, _latencies.P95Ns(i, input.Now), ref fired);
        }

        return fired;
    }

    private static void Look(Trigger? trigger, long now, double value, ref TriggerRule? fired)
    {
        if (trigger?.Observe(now, value) == true)
        {
            fired ??= trigger.Rule;
        }
    }

    private static Trigger? Of(string name, double? threshold, TriggerOptions options) =>
        threshold is { } value ? new Trigger(new TriggerRule(name, value, options.For, options.CoolDown)) : null;

    private IEnumerable<Trigger> All() =>
        new[] { _cpu, _gcPause, _poolQueue }.OfType<Trigger>().Concat(_routes.Select(route => route.Trigger));
}
