using System.Runtime.InteropServices;
using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;

namespace SelfProfiler.History;

/// <summary>Makes one coarse window of several: requests are forgotten, their routes and label sets stay, and so does every sum.</summary>
internal sealed class WindowMerger(int maxRows)
{
    private const int LeastRows = 64;

    private readonly StackTables _stacks = new();
    private readonly Dictionary<SampleKey, (long Count, long Value)>[] _rows = MakeTables();
    private StackMap? _map;

    /// <summary>Rows whose stack was given up for <c>[overflow]</c>.</summary>
    public long Folded { get; private set; }

    /// <param name="windows">Adjacent, the oldest first; at least one.</param>
    public SealedWindow Merge(IReadOnlyList<SealedWindow> windows)
    {
        foreach (var window in windows)
        {
            Add(window);
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
            Rows = [.. kept.Select(rows => rows.Select(row => row with { Node = moved[row.Node] }).ToArray())],
            Requests = [],
            Lost = windows.Sum(window => window.Lost),
            Comments = Comments.Merge(windows.Select(window => window.Comments)),
        };
    }

    private void Add(SealedWindow window)
    {
        var requests = new Dictionary<RequestId, RequestInfo>(window.Requests.Length);
        foreach (var request in window.Requests)
        {
            requests[request.Id] = request;
        }

        var view = new StackView(window.Frames, window.NodeParent, window.NodeFrame, window.Frames.Length, window.NodeParent.Length);
        if (_map?.IsOf(view) != true)
        {
            _map = _stacks.From(view);
        }

        for (int kind = 0; kind < window.Rows.Length; kind++)
        {
            foreach (ref readonly var row in window.Rows[kind].AsSpan())
            {
                var (route, labels) = (row.Route, row.Label.LabelSet);
                if (requests.TryGetValue(row.Label.Request, out var request))
                {
                    route = request.Route;
                    labels = labels == 0 ? request.LabelSet : labels;
                }

                var key = new SampleKey(_map[row.Node], new LabelRef(RequestId.None, 0, labels), route, row.Flags);
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows[kind], key, out _);
                sum.Count += row.Count;
                sum.Value += row.Value;
            }
        }
    }

    /// <summary>Keeps the heaviest rows; the others lose their stack but not their route, and no value is lost.</summary>
    private List<SealedRow> Fold(Dictionary<SampleKey, (long Count, long Value)> rows, int max)
    {
        var all = rows.Select(row => new SealedRow(row.Key.Stack, row.Key.Label, row.Key.Route, row.Key.Flags, row.Value.Count, row.Value.Value)).ToList();
        if (all.Count <= max)
        {
            return all;
        }

        all.Sort((left, right) => right.Value != left.Value ? right.Value.CompareTo(left.Value) : right.Count.CompareTo(left.Count));
        int kept = max * 3 / 4;
        int overflow = _stacks.Node(0, _stacks.Frame(FrameKey.OfName("[overflow]")));
        var others = new Dictionary<(int Route, SampleFlags Flags), SealedRow>();
        foreach (var row in all.Skip(kept))
        {
            int route = others.Count < max - kept || others.ContainsKey((row.Route, row.Flags)) ? row.Route : 0;
            var sum = others.GetValueOrDefault((route, row.Flags), new SealedRow(overflow, default, route, row.Flags, 0, 0));
            others[(route, row.Flags)] = sum with { Count = sum.Count + row.Count, Value = sum.Value + row.Value };
        }

        Folded += all.Count - kept;
        return [.. all.Take(kept), .. others.Values];
    }

    /// <summary>Leaves out nodes and frames that no kept row needs.</summary>
    /// <returns>The new number of each node.</returns>
    private int[] Compact(List<SealedRow>[] kept, out int[] parents, out int[] nodeFrames, out FrameKey[] frames)
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

    private static Dictionary<SampleKey, (long Count, long Value)>[] MakeTables()
    {
        var tables = new Dictionary<SampleKey, (long Count, long Value)>[ProfileWindow.KindCount];
        for (int kind = 0; kind < tables.Length; kind++)
        {
            tables[kind] = [];
        }

        return tables;
    }
}
