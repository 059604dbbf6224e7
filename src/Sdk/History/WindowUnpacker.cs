using System.Buffers.Binary;
using SelfProfiler.Aggregate;
using SelfProfiler.Labels;

namespace SelfProfiler.History;

/// <summary>Makes sealed windows of packed ones again, only of the kinds that are asked for. Any thread.</summary>
/// <exception cref="InvalidDataException">A section is broken; only windows from a disk can be.</exception>
internal static class WindowUnpacker
{
    /// <param name="packed">The window.</param>
    /// <param name="stacks">Of the tables it was packed with.</param>
    /// <param name="kinds">Bit per kind.</param>
    /// <param name="withRequests">False: rows lose their requests, because nobody looks at them.</param>
    public static SealedWindow Unpack(PackedWindow packed, StackView stacks, int kinds, bool withRequests = true)
    {
        var requests = withRequests ? Requests(packed) : Nameless(packed.RequestCount);
        var rows = new SealedRow[ProfileWindow.KindCount][];
        Array.Fill(rows, []);
        bool wall = (kinds & Kinds.Only(ProfileKind.Wall)) != 0;
        for (int kind = 0; kind < rows.Length && kind < packed.Rows.Length; kind++)
        {
            bool wanted = (kinds & (1 << kind)) != 0;
            if (packed.Rows[kind].Length > 0 && (wanted || (wall && kind == (int)ProfileKind.Cpu)))
            {
                var read = Rows((ProfileKind)kind, packed.Rows[kind], requests, stacks.NodeCount, out bool[] alsoWall);
                if (kind == (int)ProfileKind.Cpu && wall)
                {
                    rows[(int)ProfileKind.Wall] = [.. OfCpu(read, alsoWall)];
                }

                if (wanted)
                {
                    rows[kind] = rows[kind].Length == 0 ? read : [.. rows[kind], .. read];
                }
            }
        }

        return new SealedWindow
        {
            From = packed.From,
            To = packed.To,
            Start = packed.Start,
            Frames = stacks.Frames,
            NodeParent = stacks.Parents,
            NodeFrame = stacks.NodeFrames,
            Rows = rows,
            Requests = withRequests ? requests : [],
            Lost = packed.Lost,
            Comments = packed.Comments,
        };
    }

    public static RequestInfo[] Requests(PackedWindow packed)
    {
        var requests = new RequestInfo[packed.RequestCount];
        if (requests.Length == 0)
        {
            return requests;
        }

        var columns = new ColumnReader(packed.Requests, RowFormat.RequestColumns);
        if (packed.Ids.Length != requests.Length * RowFormat.IdBytes)
        {
            throw new InvalidDataException("A window has more or fewer ids than requests.");
        }

        long start = packed.From / 1_000;
        for (int i = 0; i < requests.Length; i++)
        {
            var id = packed.Ids.AsSpan(i * RowFormat.IdBytes);
            start += columns.NextSigned(0);
            long duration = columns.Next(1);

            // Ended requests have no slot any more; inside the window their index tells them apart.
            requests[i] = new RequestInfo(
                RequestId.Of(i, RequestId.OfIndex),
                BinaryPrimitives.ReadUInt64LittleEndian(id),
                BinaryPrimitives.ReadUInt64LittleEndian(id[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(id[16..]),
                (int)columns.Next(2),
                (int)columns.Next(3),
                (int)columns.Next(4),
                start * 1_000,
                duration == 0 ? 0 : Math.Max((start + duration - 1) * 1_000, 1));
        }

        foreach (var (index, info) in packed.Late)
        {
            requests[index] = info;
        }

        return requests;
    }

    /// <summary>Rows know that they have a request, and nothing of it.</summary>
    private static RequestInfo[] Nameless(int count)
    {
        var requests = new RequestInfo[count];
        for (int i = 0; i < count; i++)
        {
            requests[i] = new RequestInfo { Id = RequestId.Of(i, RequestId.OfIndex) };
        }

        return requests;
    }

    private static SealedRow[] Rows(ProfileKind kind, byte[] section, RequestInfo[] requests, int nodes, out bool[] alsoWall)
    {
        var columns = new ColumnReader(section, RowFormat.RowColumns);
        var rows = new SealedRow[columns.NextCount(RowFormat.Head)];
        long rest = columns.Next(RowFormat.Head);
        alsoWall = kind == ProfileKind.Cpu ? new bool[rows.Length] : [];
        long unit = RowFormat.UnitOf(kind);
        var spans = new List<ulong>();
        long node = 0, request = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            long step = columns.Next(RowFormat.Node);
            node += step;
            request = step == 0 ? request + columns.Next(RowFormat.Request) : columns.Next(RowFormat.Request);
            if ((ulong)node >= (ulong)nodes || (ulong)request > (ulong)requests.Length)
            {
                throw new InvalidDataException($"A row speaks of stack {node} of {nodes} and of request {request} of {requests.Length}.");
            }

            var of = request > 0 ? requests[request - 1] : default;
            ulong span = columns.Next(RowFormat.Span) switch
            {
                0 => 0,
                1 => of.RootSpanId,
                var index => SpanAt(index - 2),
            };
            int set = columns.Next(RowFormat.LabelSet) switch { 0 => 0, 1 => of.LabelSet, var other => (int)(other - 2) };
            int route = (int)columns.Next(RowFormat.Route);
            long flags = columns.Next(RowFormat.Flags);
            long value = columns.Next(RowFormat.Count) is var count ? columns.Next(RowFormat.Value) * unit : 0;
            rows[i] = new SealedRow(
                (int)node, new LabelRef(of.Id, span, set), route, (SampleFlags)(flags & ~RowFormat.AlsoWall), count, i == rows.Length - 1 ? value + rest : value);
            if (alsoWall.Length > 0)
            {
                alsoWall[i] = (flags & RowFormat.AlsoWall) != 0;
            }
        }

        return rows;

        ulong SpanAt(long index)
        {
            while (index >= spans.Count)
            {
                spans.Add((ulong)columns.Next(RowFormat.SpanId));
            }

            return spans[(int)index];
        }
    }

    private static IEnumerable<SealedRow> OfCpu(SealedRow[] cpu, bool[] alsoWall)
    {
        for (int i = 0; i < cpu.Length; i++)
        {
            if (alsoWall[i])
            {
                yield return cpu[i] with { Flags = RowFormat.WallKey(cpu[i]).Flags };
            }
        }
    }
}
