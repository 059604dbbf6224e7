using SelfProfiler.Symbolize;

namespace SelfProfiler.Aggregate;

/// <summary>Makes an immutable window out of an open one: copies the stacks it refers to, rounds its values. Pump only.</summary>
internal sealed class WindowSealer(StackTrie trie, FrameTable frames)
{
    // While a window is sealed; of all nodes, so nothing to keep.
    private int[] _node = [];
    private bool[] _unsettled = [];

    public SealedWindow Seal(ProfileWindow window, long to, DateTimeOffset start, long lost, string[] comments)
    {
        Mark(window);
        MarkUnsettled(window);
        var parents = new List<int>(1024) { -1 };
        var nodeFrames = new List<int>(1024) { 0 };
        var keys = new List<FrameKey>(512) { default };
        int[] frameIndex = new int[frames.Count];
        for (int node = 1; node < trie.Count; node++)
        {
            if (_node[node] == 0)
            {
                continue;
            }

            _node[node] = parents.Count;
            parents.Add(_node[trie.ParentOf(node)]);
            nodeFrames.Add(IndexOf(trie.FrameOf(node), frameIndex, keys));
        }

        var rows = new SealedRow[ProfileWindow.KindCount][];
        for (int kind = 0; kind < rows.Length; kind++)
        {
            rows[kind] = Rows(window.CellsOf((ProfileKind)kind));
        }

        (_node, _unsettled) = ([], []);
        return new SealedWindow
        {
            From = window.From,
            To = to,
            Start = start,
            Frames = [.. keys],
            NodeParent = [.. parents],
            NodeFrame = [.. nodeFrames],
            Rows = rows,
            Requests = window.Requests(),
            Cumulative = window.Cumulative,
            Lost = lost,
            Comments = comments,
        };
    }

    /// <summary>1 for every node a row needs, its callers included. Children come after their parents, so one pass from the end does.</summary>
    private void Mark(ProfileWindow window)
    {
        _node = new int[trie.Count];
        for (int kind = 0; kind < ProfileWindow.KindCount; kind++)
        {
            if (window.CellsOf((ProfileKind)kind) is { } cells)
            {
                for (int i = 0; i < cells.Count; i++)
                {
                    _node[cells.Key(i).Stack] = 1;
                }
            }
        }

        for (int node = trie.Count - 1; node > 0; node--)
        {
            if (_node[node] != 0)
            {
                _node[trie.ParentOf(node)] = 1;
            }
        }

        _node[StackTrie.Root] = 0;
    }

    /// <summary>Who compares two readings of a cumulative table (Alloy does) takes a stack with a new name for another one, and the old one for gone.
    /// So a stack waits until all its frames have the names they keep.</summary>
    private void MarkUnsettled(ProfileWindow window)
    {
        _unsettled = new bool[window.Cumulative ? _node.Length : 0];
        for (int node = 1; window.Cumulative && node < trie.Count; node++)
        {
            _unsettled[node] = _node[node] != 0 && (_unsettled[trie.ParentOf(node)] || !frames.IsSettled(trie.FrameOf(node)));
        }
    }

    private int IndexOf(int frame, int[] frameIndex, List<FrameKey> keys)
    {
        if (frameIndex[frame] == 0)
        {
            frameIndex[frame] = keys.Count;
            keys.Add(frames.Get(frame));
        }

        return frameIndex[frame];
    }

    private SealedRow[] Rows(PagedTable<SampleKey, SampleValue>? cells)
    {
        if (cells is null)
        {
            return [];
        }

        var rows = new SealedRow[cells.Count];
        int count = 0;
        for (int i = 0; i < cells.Count; i++)
        {
            ref readonly var key = ref cells.Key(i);
            ref readonly var value = ref cells[i];
            if (_unsettled.Length > 0 && _unsettled[key.Stack])
            {
                continue;
            }

            var row = new SealedRow(_node[key.Stack], key.Label, key.Route, key.Flags, (long)Math.Round(value.Count), (long)Math.Round(value.Value));
            if (row.Count > 0 || row.Value > 0)
            {
                rows[count++] = row;
            }
        }

        return count == rows.Length ? rows : rows[..count];
    }
}
