using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SelfProfiler.Aggregate;
using SelfProfiler.Labels;

namespace SelfProfiler.History;

/// <summary>Packs a sealed window: a request takes about 30 bytes and a row about 3, where they were 104 and 56.</summary>
internal sealed class WindowPacker(StackTables tables)
{
    private readonly Dictionary<ulong, int> _spans = [];
    private RequestOrder _requests = RequestOrder.None;
    private StackMap? _map;

    public PackedWindow Pack(SealedWindow window)
    {
        var view = new StackView(window.Frames, window.NodeParent, window.NodeFrame, window.Frames.Length, window.NodeParent.Length);
        if (_map?.IsOf(view) != true)
        {
            _map = tables.From(view);
        }

        var (ids, requests, late) = PackRequests(window);
        var cpu = window.Rows[(int)ProfileKind.Cpu];
        var (wall, alsoWall) = WithoutCpu(window.Rows[(int)ProfileKind.Wall], cpu);
        byte[][] rows = new byte[window.Rows.Length][];
        long[] sums = new long[window.Rows.Length];
        for (int kind = 0; kind < rows.Length; kind++)
        {
            sums[kind] = SumOf((ProfileKind)kind, window.Rows[kind]);
            ReadOnlySpan<SealedRow> unpacked = kind == (int)ProfileKind.Wall && wall is not null ? CollectionsMarshal.AsSpan(wall) : window.Rows[kind];
            rows[kind] = PackRows((ProfileKind)kind, unpacked, kind == (int)ProfileKind.Cpu ? alsoWall : []);
        }

        var packed = new PackedWindow
        {
            From = window.From,
            To = window.To,
            Start = window.Start,
            Lost = window.Lost,
            Comments = window.Comments,
            RequestCount = _requests.Count,
            Ids = ids,
            Requests = requests,
            Rows = rows,
            Sums = sums,
            Late = late,
        };
        _requests = RequestOrder.None; // megabytes on a busy server
        return packed;
    }

    /// <summary>Lets go of the tree of the window that was packed last: the next windows have others.</summary>
    public void Rest()
    {
        _map = null;
        _spans.Clear();
        _spans.TrimExcess();
    }

    private (byte[] Ids, byte[] Packed, (int, RequestInfo)[] Late) PackRequests(SealedWindow window)
    {
        _requests = new RequestOrder(window.Requests);
        byte[] ids = new byte[_requests.Count * RowFormat.IdBytes];
        var late = new List<(int, RequestInfo)>();
        var columns = new ColumnWriter(RowFormat.RequestColumns);
        long before = window.From / 1_000;
        for (int i = 0; i < _requests.Count; i++)
        {
            ref readonly var request = ref _requests[i + 1];
            var id = ids.AsSpan(i * RowFormat.IdBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(id, request.TraceIdHigh);
            BinaryPrimitives.WriteUInt64LittleEndian(id[8..], request.TraceIdLow);
            BinaryPrimitives.WriteUInt64LittleEndian(id[16..], request.RootSpanId);
            columns.AddSigned(0, (request.Start / 1_000) - before);
            before = request.Start / 1_000;
            columns.Add(1, request.Ended ? Math.Max(1, ((request.End - request.Start) / 1_000) + 1) : 0);
            columns.Add(2, request.Route);
            columns.Add(3, request.LabelSet);
            columns.Add(4, request.Status);
            if (!request.Ended)
            {
                late.Add((i, request with { Usage = default }));
            }
        }

        return (ids, _requests.Count == 0 ? [] : columns.Finish(), [.. late]);
    }

    /// <summary>CPU time is wall time too, under the same key: it is written once. What waits and sleeps remains.</summary>
    private static (List<SealedRow>? Remaining, bool[] AlsoWall) WithoutCpu(SealedRow[] wall, SealedRow[] cpu)
    {
        bool[] also = new bool[cpu.Length];
        if (wall.Length == 0 || cpu.Length == 0)
        {
            return (null, also);
        }

        var index = new Dictionary<SampleKey, int>(cpu.Length);
        for (int i = 0; i < cpu.Length; i++)
        {
            index[RowFormat.WallKey(cpu[i])] = i;
        }

        var rest = new List<SealedRow>(wall.Length);
        foreach (var row in wall)
        {
            if (index.TryGetValue(new SampleKey(row.Node, row.Label, row.Route, row.Flags), out int i)
                && !also[i] && row.Count >= cpu[i].Count && row.Value >= cpu[i].Value)
            {
                also[i] = true;
                if (row.Count > cpu[i].Count || row.Value > cpu[i].Value)
                {
                    rest.Add(row with { Count = row.Count - cpu[i].Count, Value = row.Value - cpu[i].Value });
                }
            }
            else
            {
                rest.Add(row);
            }
        }

        return (rest, also);
    }

    private byte[] PackRows(ProfileKind kind, ReadOnlySpan<SealedRow> rows, bool[] alsoWall)
    {
        if (rows.Length == 0)
        {
            return [];
        }

        // By stack, then by request: neighbours differ little.
        long[] keys = new long[rows.Length];
        int[] order = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            keys[i] = ((long)_map![rows[i].Node] << 32) | (uint)_requests.NumberOf(rows[i].Label.Request);
            order[i] = i;
        }

        Array.Sort(keys, order);
        _spans.Clear();
        var columns = new ColumnWriter(RowFormat.RowColumns);
        columns.Add(RowFormat.Head, rows.Length);
        long unit = RowFormat.UnitOf(kind);
        long carry = 0, before = 0;
        for (int i = 0; i < order.Length; i++)
        {
            ref readonly var row = ref rows[order[i]];
            int request = (int)keys[i];
            long node = keys[i] >> 32;
            columns.Add(RowFormat.Node, node - (before >> 32));
            columns.Add(RowFormat.Request, node == before >> 32 ? request - (int)before : request);
            before = keys[i];
            columns.Add(RowFormat.Span, SpanOf(row.Label.SpanId, request, columns));
            columns.Add(RowFormat.LabelSet, row.Label.LabelSet == 0 ? 0 : request > 0 && row.Label.LabelSet == _requests[request].LabelSet ? 1 : row.Label.LabelSet + 2);
            columns.Add(RowFormat.Route, row.Route);
            columns.Add(RowFormat.Flags, (int)row.Flags | (alsoWall.Length > 0 && alsoWall[order[i]] ? RowFormat.AlsoWall : 0));
            columns.Add(RowFormat.Count, row.Count);
            carry += row.Value;
            columns.Add(RowFormat.Value, carry / unit);
            carry %= unit;
        }

        columns.Add(RowFormat.Head, carry);
        return columns.Finish();
    }

    /// <returns>0 for none, 1 for the request's first span, then those of the section in order of their first use.</returns>
    private int SpanOf(ulong span, int request, ColumnWriter columns)
    {
        if (span == 0 || (request > 0 && span == _requests[request].RootSpanId))
        {
            return span == 0 ? 0 : 1;
        }

        if (!_spans.TryGetValue(span, out int index))
        {
            index = _spans.Count + 2;
            _spans.Add(span, index);
            columns.Add(RowFormat.SpanId, (long)span);
        }

        return index;
    }

    /// <summary>What a time line shows of a kind.</summary>
    public static long SumOf(ProfileKind kind, SealedRow[] rows)
    {
        long sum = 0;
        foreach (ref readonly var row in rows.AsSpan())
        {
            // What is not shown unasked is not drawn either.
            sum += kind == ProfileKind.Wall && (row.Flags & SampleFlags.Unlabelled) != 0 ? 0
                : kind == ProfileKind.Exceptions ? row.Count : row.Value;
        }

        return sum;
    }
}
