using SelfProfiler.Encode;

namespace SelfProfiler.Exporter.Otlp;

/// <summary>The stack table: stacks by their frames, not by node, for two nodes whose frames show the same are one stack here.</summary>
internal sealed class OtlpStacks
{
    private const int StackField = 7;

    private readonly ProfileData _data;
    private readonly ProfileTables _tables;
    private readonly OtlpWriter _output;

    // For each node the first one that shows the same from there to the root, and the bytes of its packed list.
    private readonly int[] _same;
    private readonly int[] _size;
    private readonly int[] _index;
    private int _count;

    /// <param name="data">Whose stacks they are.</param>
    /// <param name="tables">Made of it.</param>
    /// <param name="output">Each stack is written when it is met first.</param>
    /// <param name="known">Cleared; one serves all requests of an export.</param>
    public OtlpStacks(ProfileData data, ProfileTables tables, OtlpWriter output, Dictionary<(int Parent, int Location), int> known)
    {
        _data = data;
        _tables = tables;
        _output = output;
        _same = new int[tables.Node.Length];
        _size = new int[tables.Node.Length];
        _index = new int[tables.Node.Length];
        output.Head(StackField, 0);
        // A parent comes before its children.
        known.Clear();
        known.EnsureCapacity(tables.Node.Length);
        for (var node = 1; node < _same.Length; node++)
        {
            var location = tables.Node[node];
            if (location != 0)
            {
                var parent = _same[data.NodeParent[node]];
                _same[node] = known.TryAdd((parent, location), node) ? node : known[(parent, location)];
                _size[node] = OtlpWriter.SizeOf((ulong)location) + _size[data.NodeParent[node]];
            }
        }
    }

    /// <returns>Its index in the table.</returns>
    public int Of(int leaf)
    {
        ref var index = ref _index[_same[leaf]];
        if (index == 0)
        {
            index = ++_count;
            Write(leaf);
        }

        return index;
    }

    private void Write(int leaf)
    {
        var size = leaf == 0 ? OtlpWriter.SizeOf((ulong)_tables.Node[0]) : _size[leaf];
        _output.Head(StackField, 1 + OtlpWriter.SizeOf((ulong)size) + size);
        _output.Head(1, size);
        var node = leaf;
        do
        {
            _output.Raw((ulong)_tables.Node[node]);
            node = node == 0 ? 0 : _data.NodeParent[node];
        }
        while (node != 0);
    }
}
