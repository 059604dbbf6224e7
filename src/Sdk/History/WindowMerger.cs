using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;

namespace SelfProfiler.History;

/// <summary>Makes one coarse window of several: requests are forgotten, their routes and label sets stay, and so does every sum.</summary>
internal sealed class WindowMerger(int maxRows)
{
    private const int LeastRows = 64;

    private readonly StackTables _stacks = new();
    private readonly PagedTable<SampleKey, Sum>[] _rows = [.. Enumerable.Range(0, ProfileWindow.KindCount).Select(_ => new PagedTable<SampleKey, Sum>())];

    /// <summary>Rows whose stack was given up for <c>[overflow]</c>.</summary>
    public long Folded { get; private set; }

    /// <param name="windows">Adjacent, the oldest first; at least one.</param>
    /// <param name="stacks">Of the tables they were packed with.</param>
    public SealedWindow Merge(IReadOnlyList<PackedWindow> windows, StackView stacks)
    {
        var map = _stacks.From(stacks);
        foreach (var window in windows)
        {
            Add(window, map, stacks.NodeCount);
        }

        int kinds = Math.Max(1, _rows.Count(rows => rows.Count > 0));
        var kept = _rows.Select(rows => Fold(rows, Math.Max(LeastRows, maxRows / kinds))).ToArray();
        int[] moved = Compact(kept, out var parents, out var nodeFrames, out var frames);
        return new SealedWindow
        {
            From = windows[0].From,
            To = windows[^1].To,
            Start = windows[0].Start,
            Frames = frames,
            NodeParent = parents,
            NodeFrame = nodeFrames,
            Rows = [.. kept.Select(rows => Array.ConvertAll(rows, row => row with { Node = moved[row.Node] }))],
            Requests = [],
            Lost = windows.Sum(window => window.Lost),
            Comments = Comments.Merge(windows.Select(window => window.Comments)),
        };
    }

    /// <remarks>Row by row: the windows of a minute, unpacked all at once, were tens of megabytes.</remarks>
    private void Add(PackedWindow window, StackMap map, int nodes)
    {
        var requests = WindowUnpacker.RoutesAndLabels(window);
        for (int kind = 0; kind < window.Rows.Length; kind++)
        {
            if (window.Rows[kind].Length == 0 || (Kinds.Interval & (1 << kind)) == 0)
            {
                continue;
            }

            var reader = new RowReader((ProfileKind)kind, window, nodes);
            while (reader.Read())
            {
                var of = reader.Request > 0 ? requests[reader.Request - 1] : (reader.Route, LabelSet: 0);
                int set = reader.LabelSet(of.LabelSet);
                var label = new LabelRef(RequestId.None, 0, set == 0 ? of.LabelSet : set);
                int node = map[reader.Node];
                Add(kind, new SampleKey(node, label, of.Route, reader.Flags), reader);
                if (reader.AlsoWall)
                {
                    bool unlabelled = reader is { Request: 0, Route: 0 } && set == 0; // as RowFormat.WallKey
                    Add((int)ProfileKind.Wall, new SampleKey(node, label, of.Route, reader.Flags | (unlabelled ? SampleFlags.Unlabelled : 0)), reader);
                }
            }
        }
    }

    private void Add(int kind, in SampleKey key, RowReader row)
    {
        ref var sum = ref _rows[kind].GetOrAdd(key, out _);
        sum.Count += row.Count;
        sum.Value += row.Value;
    }

    /// <summary>Keeps the heaviest rows; the others lose their stack but not their route, and no value is lost.</summary>
    private SealedRow[] Fold(PagedTable<SampleKey, Sum> sums, int max)
    {
        int[] order = new int[sums.Count];
        long[] values = new long[sums.Count];
        for (int i = 0; i < order.Length; i++)
        {
            (order[i], values[i]) = (i, -(sums[i].Value != 0 ? sums[i].Value : sums[i].Count)); // exceptions have a number only
        }

        int kept = sums.Count;
        var others = new Dictionary<(int Route, SampleFlags Flags), Sum>();
        if (sums.Count > max)
        {
            Array.Sort(values, order);
            kept = max * 3 / 4;
            foreach (int number in order.AsSpan(kept))
            {
                ref readonly var key = ref sums.Key(number);
                int route = others.Count < max - kept || others.ContainsKey((key.Route, key.Flags)) ? key.Route : 0;
                var sum = others.GetValueOrDefault((route, key.Flags));
                others[(route, key.Flags)] = new Sum { Count = sum.Count + sums[number].Count, Value = sum.Value + sums[number].Value };
            }

            Folded += sums.Count - kept;
        }

        var rows = new SealedRow[kept + others.Count];
        for (int i = 0; i < kept; i++)
        {
            ref readonly var key = ref sums.Key(order[i]);
            ref var sum = ref sums[order[i]];
            rows[i] = new SealedRow(key.Stack, key.Label, key.Route, key.Flags, sum.Count, sum.Value);
        }

        int overflow = others.Count == 0 ? 0 : _stacks.Node(0, _stacks.Frame(FrameKey.OfName("[overflow]")));
        foreach (var ((route, flags), sum) in others)
        {
            rows[kept++] = new SealedRow(overflow, default, route, flags, sum.Count, sum.Value);
        }

        return rows;
    }

    /// <summary>Leaves out nodes and frames that no kept row needs.</summary>
    /// <returns>The new number of each node.</returns>
    private int[] Compact(SealedRow[][] kept, out int[] parents, out int[] nodeFrames, out FrameKey[] frames)
    {
        var all = _stacks.View;
        int[] moved = new int[all.NodeCount];
        foreach (var row in kept.SelectMany(rows => rows))
        {
            for (int node = row.Node; node > 0 && moved[node] == 0; node = all.Parents[node])
            {
                moved[node] = 1;
            }
        }

        var newParents = new List<int> { -1 };
        var newFrames = new List<int> { 0 };
        var keys = new List<FrameKey> { default };
        int[] frameMoved = new int[all.FrameCount];
        for (int node = 1; node < moved.Length; node++)
        {
            if (moved[node] == 0)
            {
                continue;
            }

            moved[node] = newParents.Count;
            newParents.Add(moved[all.Parents[node]]);
            ref int frame = ref frameMoved[all.NodeFrames[node]];
            if (frame == 0)
            {
                frame = keys.Count;
                keys.Add(all.Frames[all.NodeFrames[node]]);
            }

            newFrames.Add(frame);
        }

        moved[0] = 0;
        (parents, nodeFrames, frames) = ([.. newParents], [.. newFrames], [.. keys]);
        return moved;
    }

    private struct Sum
    {
        public long Count;
        public long Value;
    }
}
