using System.Text;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Encode;

/// <summary>A function as wire formats list it: indexes of its strings.</summary>
internal readonly record struct FunctionEntry(int Name, int File, int StartLine);

/// <summary>A place in a function: <paramref name="Function"/> counts from 0.</summary>
internal readonly record struct LocationEntry(ulong Address, int Function, int Line);

/// <summary>The dense tables behind a profile's samples: only what they use, in order of first use, every string once.</summary>
internal sealed class ProfileTables
{
    /// <summary>Addresses are synthetic (<see cref="Frame.Identity"/>), and are laid inside this range, which is the first mapping's.</summary>
    public const ulong MappingStart = 0x10000;

    public const ulong MappingLimit = MappingStart + AddressMask + 1;

    /// <summary>What a stack without a frame is shown as; an empty one disappears in most flame graphs.</summary>
    public const string UnknownFrame = "[unknown]";

    // 2^62: a varint of nine bytes at most, and positive for readers that use signed numbers.
    private const ulong AddressMask = (1UL << 62) - 1;

    // Longer strings are cut by Pyroscope in the middle of a character, which then makes it refuse the profile.
    private const int LongestString = 65_535;

    private readonly ProfileData _data;
    private readonly Dictionary<string, int> _strings = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly Dictionary<FunctionEntry, int> _functions = [];
    private readonly Dictionary<ulong, int> _addresses = [];
    private readonly List<string> _stringList = [""];
    private readonly List<FunctionEntry> _functionList = [];
    private readonly List<LocationEntry> _locations = [];

    public ProfileTables(ProfileData data)
    {
        _data = data;
        Node = new int[Math.Max(1, data.NodeParent.Length)];
        UsesLabelSet = new bool[data.LabelSets.Length];
        MarkUsed();
        AddLocations();
    }

    /// <summary>Location of each node, counted from 1; 0 when no sample uses the node. Node 0 has one when a sample has no stack.</summary>
    public int[] Node { get; }

    public bool[] UsesLabelSet { get; }

    /// <summary>Samples that are written: those with a value, and no negative one.</summary>
    public int SampleCount { get; private set; }

    public IReadOnlyList<LocationEntry> Locations => _locations;

    public IReadOnlyList<FunctionEntry> Functions => _functionList;

    /// <summary>The first is empty.</summary>
    public IReadOnlyList<string> Strings => _stringList;

    public int Intern(string text)
    {
        if (!_strings.TryGetValue(text, out var index))
        {
            index = _stringList.Count;
            _strings.Add(text, index);
            _stringList.Add(Fit(text));
        }

        return index;
    }

    /// <summary>Backends drop samples without a value, and refuse or drop those with a negative one, which only a difference has.</summary>
    public static bool Keeps(ProfileData data, in ProfileSample sample) =>
        data.FirstBaseSample is not null ? (sample.Count | sample.Value) != 0
            : data.SampleTypes.Length == 1
            ? sample.Count > 0
            : sample.Count >= 0 && sample.Value >= 0 && (sample.Count | sample.Value) != 0;

    private void MarkUsed()
    {
        foreach (ref readonly var sample in _data.Samples.AsSpan())
        {
            if (Keeps(_data, sample))
            {
                SampleCount++;
                Node[sample.LeafNode] = 1;
                UsesLabelSet[sample.LabelSet] = true;
            }
        }

        var unknown = Node[0];
        for (var node = Node.Length - 1; node > 0; node--)
        {
            Node[_data.NodeParent[node]] |= Node[node];
        }

        Node[0] = unknown;
    }

    private void AddLocations()
    {
        var ofFrame = new int[_data.Frames.Length];
        if (Node[0] != 0)
        {
            Node[0] = Add(new Frame(UnknownFrame, "", 0, "", 1));
        }

        for (var node = 1; node < Node.Length; node++)
        {
            if (Node[node] == 0)
            {
                continue;
            }

            ref var location = ref ofFrame[_data.NodeFrame[node]];
            if (location == 0)
            {
                location = Add(_data.Frames[_data.NodeFrame[node]]);
            }

            Node[node] = location;
        }
    }

    private int Add(Frame frame)
    {
        var key = new FunctionEntry(Intern(frame.Function), Intern(frame.File), frame.StartLine);
        if (!_functions.TryGetValue(key, out var function))
        {
            function = _functionList.Count;
            _functions.Add(key, function);
            _functionList.Add(key);
        }

        // Readers such as Alloy tell stacks apart by address alone: two different frames must never share one.
        var address = Math.Max(1, frame.Identity & AddressMask);
        while (_addresses.TryGetValue(address, out var other))
        {
            if (_locations[other - 1] is var known && known.Function == function && known.Line == frame.Line)
            {
                return other;
            }

            address = Math.Max(1, (address + 1) & AddressMask);
        }

        _locations.Add(new LocationEntry(MappingStart + address, function, frame.Line));
        _addresses.Add(address, _locations.Count);
        return _locations.Count;
    }

    private static string Fit(string text)
    {
        var wellFormed = !text.AsSpan().ContainsAnyInRange('\ud800', '\udfff');
        if (wellFormed && (text.Length <= LongestString / 3 || Encoding.UTF8.GetByteCount(text) <= LongestString))
        {
            return text;
        }

        // Half of a surrogate pair (names come from metadata, which allows it) becomes U+FFFD here: a backend refuses invalid UTF-8.
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan();
        bytes = bytes[..Math.Min(bytes.Length, LongestString)];
        while (bytes.Length > 0 && Rune.DecodeLastFromUtf8(bytes, out _, out var consumed) != System.Buffers.OperationStatus.Done)
        {
            bytes = bytes[..^Math.Max(1, consumed)];
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
