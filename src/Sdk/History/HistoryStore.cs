using SelfProfiler.Aggregate;
using SelfProfiler.Labels;

namespace SelfProfiler.History;

/// <summary>Keeps sealed windows within a budget: the latest as they are, older ones merged and without requests, the more coarse the older.</summary>
/// <remarks>Merging picks the neighbours whose length is smallest against their age, so that lengths grow with age, as memory of the past does.
/// Windows are packed; stacks are in tables that all of them share.</remarks>
internal sealed class HistoryStore
{
    private const double ExactShare = 0.78;
    private const double TablesShare = 0.3; // of the budget, when they have what is needed and no more
    private const int MergedAtOnce = 6;
    private const int RowBytes = 10; // of a coarse row, packed
    private const int CoarseWindows = 10;

    private static readonly TimeSpan Retention = TimeSpan.FromHours(25);

    private readonly long _budget;
    private readonly long _restBudget; // coarse windows and tables, while these leave the others half of it
    private readonly Func<RequestId, RequestInfo?> _request;
    private readonly Lock _gate = new();

    // Guarded by _gate; the oldest first. Every coarse window is older than every exact one.
    private readonly List<PackedWindow> _coarse = [];
    private readonly List<PackedWindow> _exact = [];
    private StackTables _tables = new();
    private WindowPacker _packer;
    private long _tablesLimit;
    private long _compacted; // what the tables took when they were made
    private long _merged;
    private long _folded;
    private long _dropped;

    /// <param name="budget">In bytes.</param>
    /// <param name="request">What is known of a request now.</param>
    public HistoryStore(long budget, Func<RequestId, RequestInfo?> request)
    {
        _budget = budget;
        _restBudget = budget - (long)(budget * ExactShare);
        _tablesLimit = _restBudget / 3;
        _request = request;
        _packer = new WindowPacker(_tables);
    }

    private long Bytes => _coarse.Sum(window => window.Bytes) + _exact.Sum(window => window.Bytes) + _tables.Bytes;

    /// <summary>What coarse windows and tables may take. An application has as many stacks in a small budget as in a large one: what they need beyond their half, the exact windows give up.</summary>
    private long Rest => Math.Min(_budget, Math.Max(_restBudget, _tables.Bytes + (_restBudget / 2)));

    public void Add(SealedWindow window)
    {
        lock (_gate)
        {
            SettleRequests();
            _exact.Add(_packer.Pack(window));
            while (_coarse.Count > 0 && _coarse[0].End < window.Start - Retention)
            {
                _coarse.RemoveAt(0);
            }

            do
            {
                FitExact();
                FitTables();
                FitCoarse(window.To);
            }
            while (Bytes > _budget && _coarse.Count + _exact.Count > 0); // merging adds to the tables, too, though little
            _packer.Rest();
        }
    }

    /// <summary>The windows that touch an interval, the oldest first, unpacked one at a time.</summary>
    /// <param name="from">Begin.</param>
    /// <param name="to">End.</param>
    /// <param name="kinds">Rows of other kinds are left out: bit per kind.</param>
    /// <param name="requests">False: nobody looks at them.</param>
    public IEnumerable<SealedWindow> Between(DateTimeOffset from, DateTimeOffset to, int kinds = Kinds.Interval, bool requests = true)
    {
        var (windows, stacks) = Take(from, to);
        return windows.Select(window => WindowUnpacker.Unpack(window, stacks, kinds, requests));
    }

    /// <summary>What each window sums up to.</summary>
    public IReadOnlyList<(DateTimeOffset Start, TimeSpan Duration, bool Exact, long Value)> TimeLine(ProfileKind kind)
    {
        lock (_gate)
        {
            return [.. _coarse.Concat(_exact).Select((window, i) => (window.Start, window.End - window.Start, i >= _coarse.Count, window.Sums[(int)kind]))];
        }
    }

    public HistoryStatus Status(long missed)
    {
        lock (_gate)
        {
            var oldest = _coarse.Count > 0 ? _coarse[0] : _exact.Count > 0 ? _exact[0] : null;
            return new HistoryStatus(
                Bytes,
                _budget,
                oldest?.Start,
                _exact.Count > 0 ? _exact[0].Start : null,
                _coarse.Count + _exact.Count,
                _merged,
                _folded,
                _dropped,
                missed);
        }
    }

    private (PackedWindow[] Windows, StackView Stacks) Take(DateTimeOffset from, DateTimeOffset to)
    {
        lock (_gate)
        {
            return ([.. _coarse.Concat(_exact).Where(window => window.Start < to && window.End > from)], _tables.View);
        }
    }

    /// <summary>Requests that ran when their window was sealed may have ended: their end is copied before their slot is taken over.</summary>
    private void SettleRequests()
    {
        foreach (var kept in _exact)
        {
            if (!kept.Settled)
            {
                kept.Late = Array.ConvertAll(kept.Late, late => late.Info.Ended ? late
                    : (late.Index, (_request(late.Info.Id) ?? late.Info with { End = kept.To }) with { Usage = default }));
            }
        }
    }

    /// <returns>Bytes it made free among the exact windows.</returns>
    private long CoarsenOldest()
    {
        int count = Math.Clamp(_exact.Count / 2, 1, MergedAtOnce);
        var windows = _exact.GetRange(0, count);
        _exact.RemoveRange(0, count);
        _coarse.Add(Merge(windows));
        return windows.Sum(kept => kept.Bytes);
    }

    private void FitExact()
    {
        long exact = _exact.Sum(window => window.Bytes);
        if (exact > _budget - Rest && Rest > _restBudget && _tables.Bytes > _compacted / 4 * 5)
        {
            Compact(); // stacks that no window needs any more must not push one out; not with every window, for it rewrites all of them
            exact = _exact.Sum(window => window.Bytes);
        }

        while (exact > _budget - Rest)
        {
            exact -= CoarsenOldest();
        }
    }

    private void FitTables()
    {
        _tables.MeasureGone();
        if (_tables.Bytes > _tablesLimit)
        {
            Compact();
            while (_tables.Bytes > _budget * TablesShare && _coarse.Count + _exact.Count > 1)
            {
                // Code that is made anew all the time fills the tables: what is oldest gives way.
                Drop((_coarse.Count + 1) / 2, _coarse.Count > 0 ? 0 : _exact.Count / 2);
                Compact();
            }

            _tablesLimit = Math.Clamp(_tables.Bytes * 3 / 2, _restBudget / 3, (long)(_budget * TablesShare * 3 / 2));
        }
    }

    private void FitCoarse(long now)
    {
        long coarse = _coarse.Sum(window => window.Bytes);
        while (coarse + _tables.Bytes > Rest && _coarse.Count > 0)
        {
            coarse = _coarse.Count == 1 ? Drop(1, 0) : MergeNeighbours(now);
        }
    }

    /// <returns>What all coarse windows take then.</returns>
    private long MergeNeighbours(long now)
    {
        int best = 0;
        double least = double.MaxValue;
        for (int i = 0; i + 1 < _coarse.Count; i++)
        {
            double length = _coarse[i + 1].To - _coarse[i].From;
            double cost = length / Math.Max(1, now - _coarse[i + 1].From);
            if (cost < least)
            {
                (best, least) = (i, cost);
            }
        }

        _coarse[best] = Merge([_coarse[best], _coarse[best + 1]]);
        _coarse.RemoveAt(best + 1);
        return _coarse.Sum(window => window.Bytes);
    }

    private PackedWindow Merge(List<PackedWindow> windows)
    {
        var merger = new WindowMerger((int)Math.Min(100_000, _restBudget / CoarseWindows / RowBytes));
        var merged = _packer.Pack(merger.Merge(windows, _tables.View));
        _merged += windows.Count;
        _folded += merger.Folded;
        return merged;
    }

    /// <summary>Makes new tables with what the kept windows need.</summary>
    private void Compact()
    {
        var compaction = new TableCompaction(_tables.View, _coarse.Concat(_exact));
        _tables = compaction.Tables;
        _tables.MeasureGone();
        _compacted = _tables.Bytes;
        _packer = new WindowPacker(_tables);
        foreach (var list in new[] { _coarse, _exact })
        {
            for (int i = 0; i < list.Count; i++)
            {
                list[i] = compaction.Move(list[i]);
            }
        }
    }

    private long Drop(int coarse, int exact)
    {
        _dropped += coarse + exact;
        _coarse.RemoveRange(0, coarse);
        _exact.RemoveRange(0, exact);
        return _coarse.Sum(window => window.Bytes);
    }
}
