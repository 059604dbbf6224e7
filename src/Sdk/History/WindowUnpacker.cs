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
        var ofCpu = new List<SealedRow>(); // rows of wall that are written with those of CPU
        bool wall = (kinds & Kinds.Only(ProfileKind.Wall)) != 0;
        for (int kind = 0; kind < rows.Length && kind < packed.Rows.Length; kind++)
        {
            bool wanted = (kinds & (1 << kind)) != 0;
            bool alsoWall = wall && kind == (int)ProfileKind.Cpu;
            if (packed.Rows[kind].Length > 0 && (wanted || alsoWall))
            {
                var read = Rows(new RowReader((ProfileKind)kind, packed, stacks.NodeCount), requests, kind == (int)ProfileKind.Wall ? ofCpu : [], alsoWall ? ofCpu : null);
                rows[kind] = wanted ? read : [];
            }
            else if (wanted && kind == (int)ProfileKind.Wall)
            {
                rows[kind] = [.. ofCpu];
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

    /// <summary>What outlives the requests when windows are merged.</summary>
    public static (int Route, int LabelSet)[] RoutesAndLabels(PackedWindow packed)
    {
        var known = new (int Route, int LabelSet)[packed.RequestCount];
        if (known.Length > 0)
        {
            var columns = new ColumnReader(packed.Requests, RowFormat.RequestColumns);
            for (int i = 0; i < known.Length; i++)
            {
                known[i] = ((int)columns.Next(2), (int)columns.Next(3));
            }
        }

        foreach (var (index, info) in packed.Late)
        {
            known[index] = (info.Route, info.LabelSet);
        }

        return known;
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

    /// <param name="reader">The section.</param>
    /// <param name="requests">Of the window.</param>
    /// <param name="before">Rows that come before those of the section.</param>
    /// <param name="alsoWall">Takes the rows that are rows of wall, too.</param>
    private static SealedRow[] Rows(RowReader reader, RequestInfo[] requests, List<SealedRow> before, List<SealedRow>? alsoWall)
    {
        var rows = new SealedRow[before.Count + reader.Rows];
        before.CopyTo(rows);
        for (int i = before.Count; reader.Read(); i++)
        {
            var of = reader.Request > 0 ? requests[reader.Request - 1] : default;
            rows[i] = new SealedRow(
                reader.Node, new LabelRef(of.Id, reader.Span(of.RootSpanId), reader.LabelSet(of.LabelSet)), reader.Route, reader.Flags, reader.Count, reader.Value);
            if (reader.AlsoWall)
            {
                alsoWall?.Add(rows[i] with { Flags = RowFormat.WallKey(rows[i]).Flags });
            }
        }

        return rows;
    }
}
