using SelfProfiler.Aggregate;
using SelfProfiler.Symbolize;

namespace SelfProfiler.History;

/// <summary>Appends windows to one segment. Every record brings along the names, stacks, routes, label sets and triggers that no earlier one of the segment had.</summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly Func<FrameKey, Frame> _resolve;
    private readonly LabelTexts _texts;
    private readonly StackTables _tables = new();
    private readonly WindowPacker _packer;
    private readonly HashSet<int> _routes = [0];
    private readonly HashSet<int> _labelSets = [0];
    private readonly HashSet<int> _triggers = [0];
    private int _frames = 1;
    private int _nodes = 1;

    /// <param name="path">Must not exist.</param>
    /// <param name="resolve">Names of frames.</param>
    /// <param name="texts">Of routes and label sets.</param>
    public SegmentWriter(string path, Func<FrameKey, Frame> resolve, LabelTexts texts)
    {
        _resolve = resolve;
        _texts = texts;
        _packer = new WindowPacker(_tables);
        Path = path;
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(path, options);
        try
        {
            _file.Write(SegmentFormat.Magic);
        }
        catch
        {
            Dispose();
            throw;
        }

        Length = _file.Length;
    }

    public string Path { get; }

    public long Length { get; private set; }

    /// <summary>One write: a process that is killed in the middle of it loses this window and no other.</summary>
    public void Append(SealedWindow window)
    {
        var packed = _packer.Pack(window);
        _packer.Rest();
        var payload = new ByteBuffer();
        Tables(payload, window);
        Window(payload, packed);
        byte[] record = new byte[SegmentFormat.HeadBytes + payload.Length];
        SegmentFormat.Head(record, payload.Written);
        payload.Written.CopyTo(record.AsSpan(SegmentFormat.HeadBytes));
        _file.Write(record);
        Length += record.Length;
    }

    /// <summary>A segment without a window is removed: on a full disk there would be another one every ten seconds.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (Length <= SegmentFormat.Magic.Length)
        {
            File.Delete(Path);
        }
    }

    private void Tables(ByteBuffer to, SealedWindow window)
    {
        var stacks = _tables.View;
        to.Varint((ulong)(stacks.FrameCount - _frames));
        for (; _frames < stacks.FrameCount; _frames++)
        {
            var frame = _resolve(stacks.Frames[_frames]);
            to.Text(frame.Function);
            to.Text(frame.Module);
            to.Text(frame.File);
            to.Varint((ulong)Math.Max(0, frame.Line));
            to.Varint((ulong)Math.Max(0, frame.StartLine));
        }

        to.Varint((ulong)(stacks.NodeCount - _nodes));
        for (; _nodes < stacks.NodeCount; _nodes++)
        {
            to.Varint((ulong)stacks.Parents[_nodes]);
            to.Varint((ulong)stacks.NodeFrames[_nodes]);
        }

        int[] routes = [.. Used(window, row => row.Route, request => request.Route).Where(_routes.Add)];
        to.Varint((ulong)routes.Length);
        foreach (int route in routes)
        {
            to.Varint((ulong)route);
            to.Text(_texts.Route(route) ?? "");
        }

        int[] sets = [.. Used(window, row => row.Label.LabelSet, request => request.LabelSet).Where(_labelSets.Add)];
        to.Varint((ulong)sets.Length);
        foreach (int set in sets)
        {
            var pairs = _texts.LabelSet(set);
            to.Varint((ulong)set);
            to.Varint((ulong)pairs.Count);
            foreach (var (key, value) in pairs)
            {
                to.Text(key);
                to.Text(value);
            }
        }

        int[] triggers = [.. Used(window, row => (int)(row.Flags & SampleFlags.TriggerMask), _ => 0).Where(_triggers.Add)];
        to.Varint((ulong)triggers.Length);
        foreach (int trigger in triggers)
        {
            to.Varint((ulong)trigger);
            to.Text(_texts.Trigger((SampleFlags)trigger) ?? "");
        }
    }

    private static void Window(ByteBuffer to, PackedWindow window)
    {
        to.Varint((ulong)window.From);
        to.Varint((ulong)(window.To - window.From));
        to.Varint((ulong)window.Start.UtcTicks);
        to.Varint((ulong)window.Lost);
        to.Varint((ulong)window.Comments.Length);
        foreach (string comment in window.Comments)
        {
            to.Text(comment);
        }

        to.Varint((ulong)window.RequestCount);
        to.Block(window.Ids);
        to.Block(window.Requests);
        to.Varint((ulong)window.Rows.Length);
        foreach (byte[] rows in window.Rows)
        {
            to.Block(rows);
        }
    }

    private static HashSet<int> Used(SealedWindow window, Func<SealedRow, int> ofRow, Func<Labels.RequestInfo, int> ofRequest)
    {
        var used = new HashSet<int>();
        foreach (var rows in window.Rows)
        {
            foreach (var row in rows)
            {
                used.Add(ofRow(row));
            }
        }

        foreach (var request in window.Requests)
        {
            used.Add(ofRequest(request));
        }

        return used;
    }
}
