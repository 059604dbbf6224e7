using System.Runtime.InteropServices;

namespace SelfProfiler.Aggregate;

/// <summary>Samples times too short to deserve a row each: they gather by route, and whoever fills the measure up is counted for all of it. Pump only.</summary>
/// <remarks>A server answers tens of thousands of requests a second, each with rests of microseconds and waits of a few milliseconds: a row for every one
/// would cost more than the request and fill every window. So they are treated as CPU is: sums by route are exact but for what is still gathering, a time
/// longer than the measure is always exact, and the measure follows the traffic.</remarks>
internal sealed class ShortTimes
{
    /// <summary>The measure without much traffic: the parts of one request still add up.</summary>
    public const long Shortest = 1_000_000;

    public const long Longest = 256_000_000;

    /// <summary>What one source of times may add to the windows.</summary>
    private const int RowsPerSecond = 500;

    private readonly Dictionary<int, Gathered> _routes = []; // no more than the table of routes holds
    private readonly long _shortest;
    private int _rows;

    // Not the shared one: its state belongs to the thread, and is made at the first use.
    private ulong _random = 0x9E3779B97F4A7C15;

    public ShortTimes(long shortest = Shortest) => Measure = _shortest = shortest;

    /// <summary>From this length on a time is counted by itself.</summary>
    public long Measure { get; private set; }

    /// <returns>What is to be counted for it now, perhaps nothing.</returns>
    public (double Ns, double Count) Take(int route, double ns, double count)
    {
        if (ns >= Measure)
        {
            _rows++;
            return (ns, count);
        }

        ref var gathered = ref CollectionsMarshal.GetValueRefOrAddDefault(_routes, route, out bool known);
        if (!known)
        {
            gathered.Full = NextFull();
        }

        gathered.Ns += ns;
        gathered.Count += count;
        double full = 0;
        while (gathered.Ns - full >= gathered.Full)
        {
            // What is beyond the mark stays: beginning anew would favour long ones over the short ones before them.
            full += gathered.Full;
            gathered.Full = NextFull();
        }

        if (full == 0)
        {
            return (0, 0);
        }

        _rows++;
        double counted = gathered.Count;
        (gathered.Ns, gathered.Count) = (gathered.Ns - full, 0);
        return (full, counted);
    }

    /// <summary>Fits the measure to what came in this time.</summary>
    public void EndPeriod(long lengthNs)
    {
        double allowed = RowsPerSecond * (lengthNs / 1e9);
        if (_rows > allowed && Measure < Longest)
        {
            Measure *= 2;
        }
        else if (_rows < allowed / 4 && Measure > _shortest)
        {
            Measure /= 2;
        }

        _rows = 0;
    }

    /// <summary>Random, or requests that alternate would always meet the same one; on average one measure.</summary>
    private double NextFull()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return 2.0 * Measure * ((_random >> 11) + 1) / (1UL << 53);
    }

    private struct Gathered
    {
        public double Ns;
        public double Count;
        public double Full;
    }
}
