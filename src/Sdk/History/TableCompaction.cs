namespace SelfProfiler.History;

/// <summary>Moves windows to new tables that have what they need and no more.</summary>
/// <remarks>Nothing is unpacked: rows are sorted by their stacks and requests, stacks keep their order, so of each section one column changes.
/// Unpacked and packed again they took three and a half times the memory.</remarks>
internal sealed class TableCompaction
{
    private readonly StackView _old;
    private readonly int[] _moved; // 1: needed; then the new number
    private readonly ColumnWriter _columns = new(RowFormat.RowColumns);

    /// <param name="old">The tables of all the windows.</param>
    /// <param name="windows">Who needs what.</param>
    public TableCompaction(StackView old, IEnumerable<PackedWindow> windows)
    {
        _old = old;
        _moved = new int[old.NodeCount];
        foreach (var section in windows.SelectMany(window => window.Rows).Where(section => section.Length > 0))
        {
            Mark(section);
        }

        int[] frames = new int[old.FrameCount];
        for (int node = 1; node < _moved.Length; node++)
        {
            if (_moved[node] != 0)
            {
                ref int frame = ref frames[old.NodeFrames[node]];
                frame = frame != 0 ? frame : Tables.Frame(old.Frames[old.NodeFrames[node]]);
                _moved[node] = Tables.Node(_moved[old.Parents[node]], frame); // a parent comes before its children
            }
        }
    }

    /// <summary>The new ones.</summary>
    public StackTables Tables { get; } = new();

    /// <summary>The window as it is with the new tables. Who reads the old one at the moment is not disturbed.</summary>
    public PackedWindow Move(PackedWindow window) => window with { Rows = Array.ConvertAll(window.Rows, Move) };

    private void Mark(byte[] section)
    {
        var reader = new ColumnReader(section, RowFormat.RowColumns);
        int node = 0;
        for (int left = reader.NextCount(RowFormat.Head); left > 0; left--)
        {
            node += (int)reader.Next(RowFormat.Node);
            for (int at = node; at > 0 && _moved[at] == 0; at = _old.Parents[at])
            {
                _moved[at] = 1;
            }
        }
    }

    private byte[] Move(byte[] section)
    {
        if (section.Length == 0)
        {
            return section;
        }

        var reader = new ColumnReader(section, RowFormat.RowColumns);
        for (int column = 0; column < RowFormat.RowColumns; column++)
        {
            if (column != RowFormat.Node)
            {
                _columns.Append(column, reader.Left(column));
            }
        }

        int node = 0, before = 0;
        for (int left = reader.NextCount(RowFormat.Head); left > 0; left--)
        {
            node += (int)reader.Next(RowFormat.Node);
            _columns.Add(RowFormat.Node, _moved[node] - before);
            before = _moved[node];
        }

        return _columns.Finish();
    }
}
