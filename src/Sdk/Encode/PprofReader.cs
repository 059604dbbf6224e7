using System.IO.Compression;
using Google.Protobuf;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Encode;

/// <summary>Reads a pprof file that somebody sent, for one of its values. Whatever the bytes are, it takes bounded memory and ends in a profile or a sentence.</summary>
internal sealed class PprofReader
{
    private const int MaxUncompressed = 32 * 1024 * 1024;
    private const int MaxEntries = 500_000; // of each table
    private const int MaxDepth = 1_024;
    private const int MaxValues = 64;

    private readonly List<ByteString> _samples = [];
    private readonly List<(int Type, int Unit)> _types = [];
    private readonly Dictionary<ulong, List<(ulong Function, long Line)>> _locations = [];
    private readonly Dictionary<ulong, (int Name, int File, long Line)> _functions = [];
    private readonly List<string> _strings = [];
    private readonly Dictionary<Frame, int> _frameIndex = [];
    private readonly Dictionary<ulong, int[]> _framesOf = [];
    private readonly Dictionary<(int Parent, int Frame), int> _nodes = [];
    private readonly List<Frame> _frames = [];
    private readonly List<int> _parents = [-1];
    private readonly List<int> _nodeFrames = [0];

    private PprofReader()
    {
    }

    /// <param name="bytes">Gzipped or not.</param>
    /// <param name="kind">What the profile is to be compared with: the value with the same name and unit is taken.</param>
    /// <param name="types">Names and units of that kind.</param>
    /// <exception cref="InvalidDataException">The message is a sentence for whoever sent it.</exception>
    public static ProfileData Read(ReadOnlyMemory<byte> bytes, ProfileKind kind, (string Type, string Unit)[] types)
    {
        try
        {
            var reader = new PprofReader();
            reader.Parse(new CodedInputStream(Plain(bytes)));
            return reader.Make(kind, types);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidDataException($"The body is no pprof file: {exception.Message}", exception);
        }
    }

    private static byte[] Plain(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < 2 || bytes.Span[0] != 0x1f || bytes.Span[1] != 0x8b)
        {
            return bytes.ToArray();
        }

        using var gzip = new GZipStream(new MemoryStream(bytes.ToArray()), CompressionMode.Decompress);
        var plain = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            for (int read; (read = gzip.Read(buffer)) > 0;)
            {
                plain.Write(buffer, 0, read);
                if (plain.Length > MaxUncompressed)
                {
                    throw new InvalidDataException($"The pprof file has more than {MaxUncompressed >> 20} MB uncompressed, which is the limit.");
                }
            }
        }
        catch (InvalidDataException exception) when (plain.Length <= MaxUncompressed)
        {
            throw new InvalidDataException($"The body is no whole gzip file: {exception.Message}", exception);
        }

        return plain.ToArray();
    }

    private void Parse(CodedInputStream input)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            if (Math.Max(Math.Max(_samples.Count, _strings.Count), Math.Max(_locations.Count, _functions.Count)) > MaxEntries || _types.Count > MaxValues)
            {
                throw new InvalidDataException($"The uploaded profile has more than {MaxEntries} samples, strings, locations or functions, which is the limit.");
            }

            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case PprofFields.Profile.SampleType when IsMessage(tag):
                    var type = new long[3];
                    Fields(input.ReadBytes(), (field, value) => Put(type, field, value));
                    _types.Add((Index(type[PprofFields.ValueType.Type]), Index(type[PprofFields.ValueType.Unit])));
                    break;
                case PprofFields.Profile.Sample when IsMessage(tag):
                    _samples.Add(input.ReadBytes()); // may stand before what it refers to
                    break;
                case PprofFields.Profile.Location when IsMessage(tag):
                    Location(input.ReadBytes());
                    break;
                case PprofFields.Profile.Function when IsMessage(tag):
                    var function = new long[6];
                    Fields(input.ReadBytes(), (field, value) => Put(function, field, value));
                    _functions[(ulong)function[PprofFields.Function.Id]] = (
                        Index(function[PprofFields.Function.Name]), Index(function[PprofFields.Function.Filename]), function[PprofFields.Function.StartLine]);
                    break;
                case PprofFields.Profile.StringTable when IsMessage(tag):
                    _strings.Add(input.ReadString());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private void Location(ByteString bytes)
    {
        ulong id = 0;
        var lines = new List<(ulong, long)>();
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == PprofFields.Location.Line && IsMessage(tag))
            {
                long[] line = new long[3];
                Fields(input.ReadBytes(), (field, value) => Put(line, field, value));
                lines.Add(((ulong)line[PprofFields.Line.FunctionId], line[PprofFields.Line.LineNumber]));
                if (lines.Count > MaxDepth)
                {
                    throw new InvalidDataException($"A location of the uploaded profile has more than {MaxDepth} lines, which is the limit.");
                }
            }
            else if (WireFormat.GetTagFieldNumber(tag) == PprofFields.Location.Id && WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint)
            {
                id = input.ReadUInt64();
            }
            else
            {
                input.SkipLastField();
            }
        }

        _locations[id] = lines;
    }

    private ProfileData Make(ProfileKind kind, (string Type, string Unit)[] types)
    {
        int value = _types.FindIndex(type => (Text(type.Type), Text(type.Unit)) == types[^1]);
        if (value < 0)
        {
            string there = string.Join(", ", _types.Select(type => $"{Text(type.Type)}/{Text(type.Unit)}").Take(8));
            throw new InvalidDataException($"The uploaded profile has no {types[^1].Type}/{types[^1].Unit}{(there.Length > 0 ? $", only {there}" : "")}: send one of the same kind.");
        }

        int count = types.Length == 1 ? value : _types.FindIndex(type => (Text(type.Type), Text(type.Unit)) == types[0]);
        var rows = new Dictionary<int, (long Count, long Value)>();
        foreach (var sample in _samples)
        {
            var (stack, values) = Sample(sample);
            var row = rows.GetValueOrDefault(stack);
            rows[stack] = (row.Count + At(values, count), row.Value + (types.Length == 1 ? 0 : At(values, value)));
        }

        return new ProfileData
        {
            Kind = kind,
            Start = DateTimeOffset.UnixEpoch,
            Duration = TimeSpan.Zero,
            SampleTypes = types,
            PeriodType = types[^1],
            Period = 1,
            Frames = [.. _frames],
            NodeParent = [.. _parents],
            NodeFrame = [.. _nodeFrames],
            Samples = [.. rows.Select(row => new ProfileSample(row.Key, 0, row.Value.Count, row.Value.Value))],
            LabelSets = [[]],
        };

        static long At(List<long> values, int index) => index >= 0 && index < values.Count ? values[index] : 0;
    }

    private (int Stack, List<long> Values) Sample(ByteString bytes)
    {
        var locations = new List<long>();
        var values = new List<long>();
        Fields(bytes, (field, number) =>
        {
            (field == PprofFields.Sample.LocationId ? locations : field == PprofFields.Sample.Value ? values : null)?.Add(number);
            if (locations.Count > MaxDepth || values.Count > MaxValues)
            {
                throw new InvalidDataException($"A sample of the uploaded profile has more than {MaxDepth} frames or {MaxValues} values, which is the limit.");
            }
        });

        int node = 0;
        for (int i = locations.Count - 1; i >= 0; i--)
        {
            foreach (int frame in FramesOf((ulong)locations[i]))
            {
                if (!_nodes.TryGetValue((node, frame), out int child))
                {
                    child = _parents.Count;
                    _nodes.Add((node, frame), child);
                    _parents.Add(node);
                    _nodeFrames.Add(frame);
                    if (child > MaxEntries)
                    {
                        throw new InvalidDataException($"The uploaded profile has more than {MaxEntries} distinct frames of stacks, which is the limit.");
                    }
                }

                node = child;
            }
        }

        return (node, values);
    }

    /// <summary>Callers first; inlined functions stand leaf first in the file.</summary>
    private int[] FramesOf(ulong location)
    {
        if (!_framesOf.TryGetValue(location, out int[]? frames))
        {
            var lines = _locations.GetValueOrDefault(location) ?? [];
            frames = [.. lines.AsEnumerable().Reverse().Take(MaxDepth).Select(line => FrameOf(line.Function, line.Line))];
            _framesOf[location] = frames = frames.Length > 0 ? frames : [FrameOf(0, 0)];
        }

        return frames;
    }

    private int FrameOf(ulong function, long line)
    {
        var (name, file, start) = _functions.GetValueOrDefault(function, (-1, -1, 0));
        string text = Text(name);
        var frame = new Frame(text.Length == 0 ? ProfileTables.UnknownFrame : text, Text(file), Line(line), "", 0, Line(start));
        if (!_frameIndex.TryGetValue(frame, out int index))
        {
            index = _frames.Count;
            _frameIndex.Add(frame, index);
            _frames.Add(frame);
        }

        return index;

        static int Line(long number) => number is > 0 and < int.MaxValue ? (int)number : 0;
    }

    private string Text(int index) => index >= 0 && index < _strings.Count ? _strings[index] : "";

    private static int Index(long value) => value is >= 0 and < int.MaxValue ? (int)value : -1;

    private static bool IsMessage(uint tag) => WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited;

    private static void Put(long[] into, int field, long value)
    {
        if (field < into.Length)
        {
            into[field] = value;
        }
    }

    /// <summary>The numbers of a message, packed or not; everything else is skipped.</summary>
    private static void Fields(ByteString bytes, Action<int, long> take)
    {
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            int field = WireFormat.GetTagFieldNumber(tag);
            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint)
            {
                take(field, (long)input.ReadUInt64());
            }
            else if (IsMessage(tag) && field is PprofFields.Sample.LocationId or PprofFields.Sample.Value)
            {
                var packed = input.ReadBytes().CreateCodedInput();
                while (!packed.IsAtEnd)
                {
                    take(field, (long)packed.ReadUInt64());
                }
            }
            else
            {
                input.SkipLastField();
            }
        }
    }
}
