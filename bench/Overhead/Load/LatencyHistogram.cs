namespace SelfProfiler.Bench.Overhead.Load;

/// <summary>Counts latencies in steps of about 1.5 %, from a microsecond to minutes.</summary>
internal sealed class LatencyHistogram
{
    private const int StepsPerOctave = 48;
    private const int Octaves = 28;

    private readonly long[] _counts = new long[StepsPerOctave * Octaves];

    public long Count { get; private set; }

    public void Add(double microseconds)
    {
        var index = (int)(Math.Log2(Math.Max(1, microseconds)) * StepsPerOctave);
        _counts[Math.Min(index, _counts.Length - 1)]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
    }

    /// <summary>In microseconds, in the middle of its step.</summary>
    public double Quantile(double quantile)
    {
        var rank = (long)Math.Ceiling(quantile * Count);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank && seen > 0)
            {
                return Math.Pow(2, (i + 0.5) / StepsPerOctave);
            }
        }

        return 0;
    }
}
