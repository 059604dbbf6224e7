using SelfProfiler.Aggregate;
using SelfProfiler.Labels;

namespace SelfProfiler.History;

/// <summary>Keeps sealed windows within a budget: the latest as they are, older ones merged and without requests, the more coarse the older.</summary>
/// <remarks>Merging picks the neighbours whose length is smallest against their age, so that lengths grow with age, as memory of the past does.</remarks>
internal sealed class HistoryStore
{
    private const double ExactShare = 0.7;
    private const int MergedAtOnce = 6;
    private const int RowBytes = 80; // a row and its share of the nodes
    private const int CoarseWindows = 10;

    private static readonly TimeSpan Retention = TimeSpan.FromHours(25);

    private readonly long _budget;
    private readonly long _coarseBudget;
    private readonly Func<RequestId, RequestInfo?> _request;
    private readonly Lock _gate = new();

    // Guarded by _gate; the oldest first. Every coarse window is older than every exact one.
    private readonly List<Kept> _coarse = [];
    private readonly List<Kept> _exact = [];
    private long _coarseBytes;
    private long _exactBytes;
    private long _merged;
    private long _folded;
    private long _dropped;

    /// <param name="budget">In bytes.</param>
    /// <param name="request">What is known of a request now.</param>
    public HistoryStore(long budget, Func<RequestId, RequestInfo?> request)
    {
        _budget = budget;
        _coarseBudget = budget - (long)(budget * ExactShare);
        _request = request;
    }

    public void Add(SealedWindow window)
    {
        lock (_gate)
        {
            SettleRequests();
            var kept = new Kept(window);
            _exact.Add(kept);
            _exactBytes += kept.Bytes;
            while (_exactBytes > _budget - _coarseBudget)
            {
                CoarsenOldest();
            }

            while (_coarse.Count > 0 && _coarse[0].Window.Start + _coarse[0].Window.Duration < window.Start - Retention)
            {
                RemoveOldest();
            }

            while (_coarseBytes > _coarseBudget)
            {
                MergeNeighbours(window.To);
            }
        }
    }

    /// <summary>The windows that touch an interval, the oldest first.</summary>
    public IReadOnlyList<SealedWindow> Between(DateTimeOffset from, DateTimeOffset to)
    {
        lock (_gate)
        {
            return [.. _coarse.Concat(_exact).Select(kept => kept.Window).Where(window => window.Start < to && window.Start + window.Duration > from)];
        }
    }

    public HistoryStatus Status(long missed)
    {
        lock (_gate)
        {
            var oldest = _coarse.Count > 0 ? _coarse[0] : _exact.Count > 0 ? _exact[0] : null;
            return new HistoryStatus(
                _coarseBytes + _exactBytes,
                _budget,
                oldest?.Window.Start,
                _exact.Count > 0 ? _exact[0].Window.Start : null,
                _coarse.Count + _exact.Count,
                _merged,
                _folded,
                _dropped,
                missed);
        }
    }

    /// <summary>Requests that ran when their window was sealed may have ended: their end is copied before their slot is taken over.</summary>
    private void SettleRequests()
    {
        foreach (var kept in _exact)
        {
            if (!kept.Settled)
            {
                kept.Settle(_request);
            }
        }
    }

    private void CoarsenOldest()
    {
        int count = Math.Clamp(_exact.Count / 2, 1, MergedAtOnce);
        var windows = _exact.Take(count).Select(kept => kept.Window).ToList();
        _exactBytes -= _exact.Take(count).Sum(kept => kept.Bytes);
        _exact.RemoveRange(0, count);
        var kept = Merge(windows);
        _coarse.Add(kept);
        _coarseBytes += kept.Bytes;
    }

    private void MergeNeighbours(long now)
    {
        if (_coarse.Count < 2)
        {
            _dropped++;
            RemoveOldest();
            return;
        }

        int best = 0;
        double least = double.MaxValue;
        for (int i = 0; i + 1 < _coarse.Count; i++)
        {
            double length = _coarse[i + 1].Window.To - _coarse[i].Window.From;
            double cost = length / Math.Max(1, now - _coarse[i + 1].Window.From);
            if (cost < least)
            {
                (best, least) = (i, cost);
            }
        }

        var merged = Merge([_coarse[best].Window, _coarse[best + 1].Window]);
        _coarseBytes += merged.Bytes - _coarse[best].Bytes - _coarse[best + 1].Bytes;
        _coarse[best] = merged;
        _coarse.RemoveAt(best + 1);
    }

    private Kept Merge(List<SealedWindow> windows)
    {
        var merger = new WindowMerger((int)Math.Min(100_000, _coarseBudget / CoarseWindows / RowBytes));
        var merged = new Kept(merger.Merge(windows));
        _merged += windows.Count;
        _folded += merger.Folded;
        return merged;
    }

    private void RemoveOldest()
    {
        _coarseBytes -= _coarse[0].Bytes;
        _coarse.RemoveAt(0);
    }

    private sealed class Kept(SealedWindow window)
    {
        public SealedWindow Window { get; private set; } = window;

        public long Bytes { get; } = WindowSize.Of(window);

        public bool Settled { get; private set; } = Array.TrueForAll(window.Requests, request => request.Ended);

        public void Settle(Func<RequestId, RequestInfo?> request)
        {
            var known = Array.ConvertAll(Window.Requests, info => info.Ended ? info : request(info.Id) ?? info with { End = Window.To });
            Settled = Array.TrueForAll(known, info => info.Ended);
            Window = Window.WithRequests(known);
        }
    }
}
