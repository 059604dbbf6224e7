namespace SelfProfiler.Diagnostics;

/// <summary>What the profiler took from the process over some time, in CPU nanoseconds, by source. Written by the pump; copies are handed out.</summary>
internal sealed class CostReport
{
    public const int Sources = (int)CostSource.Base + 1;

    private readonly double[] _ns = new double[Sources];

    /// <summary>Length of the time reported on.</summary>
    public long WallNs { get; private set; }

    /// <summary>What the process could have burnt in that time.</summary>
    public double CapacityNs { get; private set; }

    /// <summary>CPU of the application itself.</summary>
    public double AppNs { get; private set; }

    /// <summary>Time the application was suspended by ticks, and how often.</summary>
    public long SuspendedNs { get; private set; }

    public long Suspensions { get; private set; }

    public double TotalNs
    {
        get
        {
            double sum = 0;
            foreach (var ns in _ns)
            {
                sum += ns;
            }

            return sum;
        }
    }

    /// <summary>The one figure: part of the process's processors that the profiler took.</summary>
    public double Share => CapacityNs > 0 ? TotalNs / CapacityNs : 0;

    public double this[CostSource source]
    {
        get => _ns[(int)source];
        set => _ns[(int)source] = value;
    }

    public double ShareOf(CostSource source) => CapacityNs > 0 ? this[source] / CapacityNs : 0;

    public void Begin(long wallNs, double usableCpus, double appNs, long suspendedNs, long suspensions)
    {
        Array.Clear(_ns);
        WallNs = wallNs;
        CapacityNs = wallNs * usableCpus;
        AppNs = appNs;
        SuspendedNs = suspendedNs;
        Suspensions = suspensions;
    }

    public void Clear() => Begin(0, 0, 0, 0, 0);

    public void Add(CostReport other)
    {
        for (var i = 0; i < Sources; i++)
        {
            _ns[i] += other._ns[i];
        }

        WallNs += other.WallNs;
        CapacityNs += other.CapacityNs;
        AppNs += other.AppNs;
        SuspendedNs += other.SuspendedNs;
        Suspensions += other.Suspensions;
    }
}
