namespace SelfProfiler.Diagnostics;

/// <summary>Remembers for some minutes when a source ran, so that a profile can say for which share of its time. Pump only.</summary>
internal sealed class OnTimes
{
    /// <summary>Readings of the clocks: a quarter of an hour.</summary>
    private const int Kept = 4_096;

    private readonly List<(long Until, long LengthNs, double Share)> _periods = [];
    private int _next;

    public void Add(long until, long lengthNs, double share)
    {
        if (_periods.Count < Kept)
        {
            _periods.Add((until, lengthNs, share));
            return;
        }

        _periods[_next] = (until, lengthNs, share);
        _next = (_next + 1) % Kept;
    }

    /// <returns>1 where nothing is known.</returns>
    public double Share(long from, long to)
    {
        double on = 0, all = 0;
        foreach (var (until, length, share) in _periods)
        {
            var overlap = Math.Min(until, to) - Math.Max(until - length, from);
            if (overlap > 0)
            {
                on += overlap * share;
                all += overlap;
            }
        }

        return all > 0 ? on / all : 1;
    }
}
