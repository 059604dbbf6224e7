using System.Buffers.Binary;
using SelfProfiler.Aggregate;
using SelfProfiler.Symbolize;

namespace SelfProfiler.History;

/// <summary>Reads the windows of one segment, in the order in which they were written. What is in the file is not trusted.</summary>
/// <param name="identify">Gives a frame the identity that live frames have.</param>
internal sealed class SegmentReader(Func<Frame, Frame> identify)
{
    private readonly List<Frame> _frames = [new("", "", 0, "", 0)];
    private readonly List<int> _parents = [-1];
    private readonly List<int> _nodeFrames = [0];
    private readonly Dictionary<int, string> _routes = [];
    private readonly Dictionary<int, KeyValuePair<string, string>[]> _labelSets = [];
    private readonly Dictionary<SampleFlags, string> _triggers = [];
    private (Frame[] Frames, int[] Parents, int[] NodeFrames) _tables = ([], [], []);

    /// <summary>What was wrong; null when the file was read to its end. A last record that is not whole is no fault: its writer was killed.</summary>
    public string? Fault { get; private set; }

    /// <param name="path">The file.</param>
    /// <param name="from">Windows that end before are left out.</param>
    /// <param name="to">Windows that begin later are, too.</param>
    /// <param name="kinds">Bit per kind.</param>
    public IEnumerable<SealedWindow> Read(string path, DateTimeOffset from, DateTimeOffset to, int kinds)
    {
        using var file = TryOpen(path);
        byte[] head = new byte[SegmentFormat.HeadBytes];
        if (file is null || !TryFill(file, head) || !head.AsSpan().SequenceEqual(SegmentFormat.Magic))
        {
            Fault ??= file is not null && file.Length >= head.Length ? "It is no segment of this version." : null;
            yield break;
        }

        while (TryFill(file, head))
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(head);
            if (length <= 0 || length > SegmentFormat.LongestRecord)
            {
                Fault = $"A record says it has {length} bytes.";
                yield break;
            }

            if (length > file.Length - file.Position)
            {
                yield break;
            }

            byte[] payload = new byte[length];
            if (!TryFill(file, payload))
            {
                yield break;
            }

            if (SegmentFormat.Checksum(payload) != BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)))
            {
                Fault = "A record has another checksum.";
                yield break;
            }

            if (Parse(payload, from, to, kinds) is { } window)
            {
                yield return window;
            }
            else if (Fault is not null)
            {
                yield break;
            }
        }
    }

    private FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024);
        }
        catch (FileNotFoundException)
        {
            return null; // retention was faster
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fault = exception.Message;
            return null;
        }
    }

    private bool TryFill(FileStream file, byte[] bytes)
    {
        try
        {
            return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
        }
        catch (IOException exception)
        {
            Fault = exception.Message;
            return false;
        }
    }

    private SealedWindow? Parse(byte[] payload, DateTimeOffset from, DateTimeOffset to, int kinds)
    {
        try
        {
            int at = 0;
            if (Tables(payload, ref at))
            {
                _tables = ([.. _frames], [.. _parents], [.. _nodeFrames]);
            }

            var packed = Window(payload, ref at);
            if (packed.Start >= to || packed.End <= from)
            {
                return null;
            }

            var stacks = new StackView([], _tables.Parents, _tables.NodeFrames, _tables.Frames.Length, _tables.Parents.Length);
            return WindowUnpacker.Unpack(packed, stacks, kinds).FromElsewhere(
                _tables.Frames,
                new LabelTexts(_ => null, route => _routes.GetValueOrDefault(route), set => _labelSets.GetValueOrDefault(set) ?? [])
                {
                    Trigger = flags => _triggers.GetValueOrDefault(flags & SampleFlags.TriggerMask),
                });
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            Fault = exception.Message;
            return null;
        }
    }

    private bool Tables(byte[] payload, ref int at)
    {
        int frames = Count(payload, ref at);
        for (int i = 0; i < frames; i++)
        {
            string function = ByteBuffer.Text(payload, ref at), module = ByteBuffer.Text(payload, ref at), file = ByteBuffer.Text(payload, ref at);
            int line = (int)ByteBuffer.Varint(payload, ref at);
            _frames.Add(identify(new Frame(function, file, line, module, 0, (int)ByteBuffer.Varint(payload, ref at))));
        }

        int nodes = Count(payload, ref at);
        for (int i = 0; i < nodes; i++)
        {
            ulong parent = ByteBuffer.Varint(payload, ref at), frame = ByteBuffer.Varint(payload, ref at);
            if (parent >= (ulong)_parents.Count || frame >= (ulong)_frames.Count)
            {
                throw new InvalidDataException($"Stack {_parents.Count} is called from {parent} and has frame {frame} of {_frames.Count}.");
            }

            _parents.Add((int)parent);
            _nodeFrames.Add((int)frame);
        }

        for (int left = Count(payload, ref at); left > 0; left--)
        {
            int route = (int)ByteBuffer.Varint(payload, ref at);
            _routes[route] = ByteBuffer.Text(payload, ref at);
        }

        for (int left = Count(payload, ref at); left > 0; left--)
        {
            int set = (int)ByteBuffer.Varint(payload, ref at);
            var pairs = new KeyValuePair<string, string>[Count(payload, ref at)];
            for (int i = 0; i < pairs.Length; i++)
            {
                string key = ByteBuffer.Text(payload, ref at);
                pairs[i] = new(key, ByteBuffer.Text(payload, ref at));
            }

            _labelSets[set] = pairs;
        }

        for (int left = Count(payload, ref at); left > 0; left--)
        {
            int trigger = (int)ByteBuffer.Varint(payload, ref at);
            _triggers[(SampleFlags)trigger] = ByteBuffer.Text(payload, ref at);
        }

        return nodes > 0 || frames > 0 || _tables.Parents.Length == 0;
    }

    private static PackedWindow Window(byte[] payload, ref int at)
    {
        long from = (long)ByteBuffer.Varint(payload, ref at), length = (long)ByteBuffer.Varint(payload, ref at);
        var start = new DateTimeOffset((long)ByteBuffer.Varint(payload, ref at), TimeSpan.Zero);
        long lost = (long)ByteBuffer.Varint(payload, ref at);
        string[] comments = new string[Count(payload, ref at)];
        for (int i = 0; i < comments.Length; i++)
        {
            comments[i] = ByteBuffer.Text(payload, ref at);
        }

        int requests = Count(payload, ref at);
        byte[] ids = ByteBuffer.Block(payload, ref at).ToArray(), infos = ByteBuffer.Block(payload, ref at).ToArray();
        byte[][] rows = new byte[Math.Min(Count(payload, ref at), ProfileWindow.KindCount)][];
        for (int kind = 0; kind < rows.Length; kind++)
        {
            rows[kind] = ByteBuffer.Block(payload, ref at).ToArray();
        }

        return new PackedWindow
        {
            From = from,
            To = from + length,
            Start = start,
            Lost = lost,
            Comments = comments,
            RequestCount = requests,
            Ids = ids,
            Requests = infos,
            Rows = rows,
            Sums = [],
            Late = [],
        };
    }

    /// <summary>Of things that take a byte each at least.</summary>
    private static int Count(byte[] payload, ref int at)
    {
        ulong count = ByteBuffer.Varint(payload, ref at);
        return count <= (ulong)payload.Length ? (int)count : throw new InvalidDataException($"A record of {payload.Length} bytes says it has {count} entries.");
    }
}
