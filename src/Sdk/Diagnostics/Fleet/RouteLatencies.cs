using SelfProfiler.Labels;

namespace SelfProfiler.Diagnostics.Fleet;

/// <summary>Durations of ended requests by route over the last half minute, for triggers on the 95th percentile.</summary>
/// <remarks>Not <see cref="RouteStatistics"/>: those look back over an hour, and fold routes beyond their limit, which a trigger may name.</remarks>
internal sealed class RouteLatencies(int routes)
{
    /// <summary>Fewer requests do not make a percentile.</summary>
    public const int EnoughRequests = 20;

    private const int Slices = 6;
    private const long SliceNs = 5_000_000_000;

    private readonly Slice[] _slices = [.. Enumerable.Range(0, routes * Slices).Select(static _ => new Slice())];

    public void Add(int route, long end, long durationNs)
    {
        var number = end / SliceNs;
        var slice = _slices[(route * Slices) + (int)(number % Slices)];
        if (slice.Number != number)
        {
            slice.Durations.Clear();
            slice.Number = number;
        }

        slice.Durations.Add(durationNs);
    }

    /// <summary>The duration that 95 of 100 requests of the route stay below, to 3 %; NaN while there were too few.</summary>
    public double P95Ns(int route, long now)
    {
        var sum = new LogLinearHistogram();
        foreach (var slice in _slices.AsSpan(route * Slices, Slices))
        {
            if ((now / SliceNs) - slice.Number < Slices)
            {
                sum.Add(slice.Durations);
            }
        }

        return sum.Count < EnoughRequests ? double.NaN : sum.At(0.95);
    }

    private sealed class Slice
    {
        public LogLinearHistogram Durations { get; } = new();

        /// <summary>Which five seconds since the clock's beginning.</summary>
        public long Number { get; set; }
    }
}
