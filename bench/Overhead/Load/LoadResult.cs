namespace SelfProfiler.Bench.Overhead.Load;

/// <summary>What one phase of load gave.</summary>
/// <param name="Seconds">Its length.</param>
/// <param name="Latency">From the moment the request was due, in microseconds: waiting for a free connection counts.</param>
/// <param name="Failures">Answers other than 2xx, broken connections.</param>
internal sealed record LoadResult(double Seconds, LatencyHistogram Latency, long Failures)
{
    public long Requests => Latency.Count;

    public double PerSecond => Requests / Seconds;
}
