using SelfProfiler.Encode;

namespace SelfProfiler.Serve.Ui;

/// <summary>A profile as a flame graph draws it: one node for each path of functions, callers first, the heaviest child first, small ones left out.</summary>
internal sealed class FlameTree
{
    /// <summary>More than a screen can show; what is beyond becomes part of its caller.</summary>
    public const int MaxNodes = 50_000;

    private readonly List<int> _parents = [-1];
    private readonly List<int> _functions = [-1];
    private readonly Dictionary<(int Parent, int Function), int> _nodes = [];
    private readonly Dictionary<(string Name, string Module), int> _functionIndex = [];
    private readonly List<FlameFunction> _functionList = [];
    private long[] _totals = [];
    private long[] _bases = [];

    private FlameTree()
    {
    }

    public IReadOnlyList<FlameFunction> Functions => _functionList;

    /// <summary>In pre-order; the first is the root, which is no function.</summary>
    public IReadOnlyList<FlameNode> Nodes { get; private set; } = [];

    /// <summary>Every node says what it had in the base.</summary>
    public bool IsDifference { get; private set; }

    /// <summary>Nodes left out.</summary>
    public int Pruned { get; private set; }

    /// <summary>Callers of the deepest node, and itself.</summary>
    public int Deepest { get; private set; }

    public static FlameTree Of(ProfileData data, int maxNodes = MaxNodes)
    {
        var tree = new FlameTree();
        tree.Fill(data);
        tree.Emit(tree.Keep(maxNodes));
        return tree;
    }

    /// <summary>Frames that differ only in their line become one: a graph shows functions.</summary>
    private void Fill(ProfileData data)
    {
        long[] values = StackValues.Of(data, data.SampleTypes.Length - 1);
        long[]? before = StackValues.OfBase(data, data.SampleTypes.Length - 1);
        IsDifference = before is not null;
        int[] functions = Array.ConvertAll(data.Frames, frame => -1);
        int[] merged = new int[values.Length];
        for (int node = 1; node < merged.Length; node++)
        {
            int parent = merged[data.NodeParent[node]];
            int function = FunctionOf(data, data.NodeFrame[node], functions);
            merged[node] = NodeOf(parent, function);
        }

        _totals = Sum(values, merged);
        _bases = before is null ? new long[_totals.Length] : Sum(before, merged);
    }

    private long[] Sum(long[] values, int[] merged)
    {
        long[] totals = new long[_parents.Count];
        for (int node = 0; node < values.Length; node++)
        {
            totals[merged[node]] += values[node];
        }

        for (int node = totals.Length - 1; node > 0; node--)
        {
            totals[_parents[node]] += totals[node];
        }

        return totals;
    }

    private int FunctionOf(ProfileData data, int frame, int[] functions)
    {
        if (functions[frame] < 0)
        {
            var named = data.Frames[frame];
            string name = named.Function.Length == 0 ? ProfileTables.UnknownFrame : named.Function;
            if (!_functionIndex.TryGetValue((name, named.Module), out int index))
            {
                index = _functionList.Count;
                _functionIndex.Add((name, named.Module), index);
                _functionList.Add(new FlameFunction(name, named.Module, named.File, named.StartLine > 0 ? named.StartLine : named.Line));
            }

            functions[frame] = index;
        }

        return functions[frame];
    }

    private int NodeOf(int parent, int function)
    {
        if (!_nodes.TryGetValue((parent, function), out int node))
        {
            node = _parents.Count;
            _nodes.Add((parent, function), node);
            _parents.Add(parent);
            _functions.Add(function);
        }

        return node;
    }

    /// <summary>The heaviest nodes. A caller is at least as heavy as what it calls and comes before it, so nothing kept loses its caller.</summary>
    private bool[] Keep(int maxNodes)
    {
        bool[] kept = new bool[_totals.Length];
        long[] weights = [.. _totals.Zip(_bases, (now, before) => now + before)];
        long least = 1;
        int atLeast = int.MaxValue;
        if (_totals.Length > maxNodes)
        {
            long[] sorted = [.. weights];
            Array.Sort(sorted);
            least = Math.Max(1, sorted[^maxNodes]);
            atLeast = maxNodes - weights.Count(weight => weight > least);
        }

        kept[0] = true;
        for (int node = 1; node < kept.Length; node++)
        {
            if (kept[_parents[node]] && (weights[node] > least || (weights[node] == least && atLeast-- > 0)))
            {
                kept[node] = true;
            }
            else if (weights[node] > 0)
            {
                Pruned++;
            }
        }

        return kept;
    }

    private void Emit(bool[] kept)
    {
        long[] selfs = [.. _totals];
        var children = new List<int>?[_totals.Length];
        for (int node = 1; node < kept.Length; node++)
        {
            if (kept[node])
            {
                (children[_parents[node]] ??= []).Add(node);
                selfs[_parents[node]] -= _totals[node];
            }
        }

        var nodes = new List<FlameNode>();
        var open = new Stack<(int Node, int Depth)>([(0, 0)]);
        while (open.TryPop(out var next))
        {
            nodes.Add(new FlameNode(next.Depth, _functions[next.Node], selfs[next.Node], _totals[next.Node], _bases[next.Node]));
            Deepest = Math.Max(Deepest, next.Depth);
            if (children[next.Node] is { } below)
            {
                below.Sort((left, right) => _totals[left] != _totals[right] ? _totals[left].CompareTo(_totals[right])
                    : string.CompareOrdinal(_functionList[_functions[right]].Name, _functionList[_functions[left]].Name));
                below.ForEach(child => open.Push((child, next.Depth + 1)));
            }
        }

        Nodes = nodes;
    }
}

/// <summary>A function as a flame graph shows it.</summary>
internal sealed record FlameFunction(string Name, string Module, string File, int Line);

/// <summary>A box of a flame graph.</summary>
/// <param name="Depth">0 for the root.</param>
/// <param name="Function">Index in <see cref="FlameTree.Functions"/>; -1 for the root.</param>
/// <param name="Self">Without the kept callees.</param>
/// <param name="Total">With them.</param>
/// <param name="Base">What it had, with callees, in what is compared with; 0 when nothing is.</param>
internal readonly record struct FlameNode(int Depth, int Function, long Self, long Total, long Base);
