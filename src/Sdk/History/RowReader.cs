using SelfProfiler.Aggregate;

namespace SelfProfiler.History;

/// <summary>Reads the rows of one kind of a packed window, one after the other.</summary>
/// <exception cref="InvalidDataException">By any member: the section is broken; only windows from a disk can be.</exception>
internal sealed class RowReader
{
    private readonly ColumnReader _columns;
    private readonly int _nodes;
    private readonly int _requests;
    private readonly long _unit;
    private readonly long _rest;
    private readonly List<ulong> _spans = [];
    private long _span;
    private long _labelSet;
    private int _left;

    /// <param name="kind">Which of the window's sections.</param>
    /// <param name="packed">The window.</param>
    /// <param name="nodes">Of the tables it was packed with.</param>
    public RowReader(ProfileKind kind, PackedWindow packed, int nodes)
    {
        _columns = new ColumnReader(packed.Rows[(int)kind], RowFormat.RowColumns);
        (_nodes, _requests, _unit) = (nodes, packed.RequestCount, RowFormat.UnitOf(kind));
        Rows = _left = _columns.NextCount(RowFormat.Head);
        _rest = _columns.Next(RowFormat.Head);
    }

    /// <summary>How many there are.</summary>
    public int Rows { get; }

    public int Node { get; private set; }

    /// <summary>Its place among the window's requests, from 1 on; 0: none.</summary>
    public int Request { get; private set; }

    public int Route { get; private set; }

    public SampleFlags Flags { get; private set; }

    /// <summary>A row of CPU that is a row of wall, too.</summary>
    public bool AlsoWall { get; private set; }

    public long Count { get; private set; }

    public long Value { get; private set; }

    /// <returns>False after the last one.</returns>
    public bool Read()
    {
        if (_left == 0)
        {
            return false;
        }

        _left--;
        long step = _columns.Next(RowFormat.Node);
        long node = Node + step;
        long request = step == 0 ? Request + _columns.Next(RowFormat.Request) : _columns.Next(RowFormat.Request);
        if ((ulong)node >= (ulong)_nodes || (ulong)request > (ulong)_requests)
        {
            throw new InvalidDataException($"A row speaks of stack {node} of {_nodes} and of request {request} of {_requests}.");
        }

        (Node, Request) = ((int)node, (int)request);
        _span = _columns.Next(RowFormat.Span);
        _labelSet = _columns.Next(RowFormat.LabelSet);
        Route = (int)_columns.Next(RowFormat.Route);
        long flags = _columns.Next(RowFormat.Flags);
        (Flags, AlsoWall) = ((SampleFlags)(flags & ~RowFormat.AlsoWall), (flags & RowFormat.AlsoWall) != 0);
        Count = _columns.Next(RowFormat.Count);
        Value = (_columns.Next(RowFormat.Value) * _unit) + (_left == 0 ? _rest : 0);
        return true;
    }

    /// <param name="ofRequest">The span its request began with.</param>
    public ulong Span(ulong ofRequest) => _span switch
    {
        0 => 0,
        1 => ofRequest,
        var index => SpanAt(index - 2),
    };

    /// <param name="ofRequest">That of its request.</param>
    public int LabelSet(int ofRequest) => _labelSet switch { 0 => 0, 1 => ofRequest, var other => (int)(other - 2) };

    private ulong SpanAt(long index)
    {
        while (index >= _spans.Count)
        {
            _spans.Add((ulong)_columns.Next(RowFormat.SpanId));
        }

        return _spans[(int)index];
    }
}
