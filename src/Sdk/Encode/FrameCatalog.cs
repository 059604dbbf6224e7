using System.Text;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Encode;

/// <summary>What the frames of a profile become in the tables of a file, worked out once for all files that are cut from it. One file at a time.</summary>
internal sealed class FrameCatalog(Frame[] frames)
{
    // 2^62: a varint of nine bytes at most, and positive for readers that use signed numbers.
    public const ulong AddressMask = (1UL << 62) - 1;

    // Longer strings are cut by Pyroscope in the middle of a character, which then makes it refuse the profile.
    private const int LongestString = 65_535;

    // Location of each frame, counted from 1; after the last that of a sample without a stack.
    private readonly int[] _ofFrame = new int[frames.Length + 1];
    private readonly Dictionary<string, int> _stringIds = new(frames.Length, StringComparer.Ordinal) { [""] = 0 };
    private readonly Dictionary<FunctionEntry, int> _functionIds = new(frames.Length);
    private readonly Dictionary<ulong, int> _addresses = new(frames.Length);
    private readonly List<string> _strings = new(frames.Length + 1) { "" };
    private readonly List<FunctionEntry> _functions = new(frames.Length);
    private readonly List<LocationEntry> _locations = new(frames.Length);

    private readonly List<string> _fileStrings = [];
    private readonly List<FunctionEntry> _fileFunctions = [];
    private readonly List<LocationEntry> _fileLocations = [];

    /// <summary>All that was met so far; the first is empty.</summary>
    public IReadOnlyList<string> Strings => _strings;

    public IReadOnlyList<FunctionEntry> Functions => _functions;

    public IReadOnlyList<LocationEntry> Locations => _locations;

    /// <summary>Numbers in the file that is being made.</summary>
    public FileNumbers StringsOfFile { get; } = new(frames.Length);

    public FileNumbers FunctionsOfFile { get; } = new(frames.Length);

    public FileNumbers LocationsOfFile { get; } = new(frames.Length);

    /// <summary>The next file begins: nothing is in it yet.</summary>
    /// <returns>Its tables, used again for each file: an export of many parts would otherwise be mostly garbage.</returns>
    public (List<string> Strings, List<FunctionEntry> Functions, List<LocationEntry> Locations) Begin()
    {
        StringsOfFile.Clear();
        FunctionsOfFile.Clear();
        LocationsOfFile.Clear();
        _fileStrings.Clear();
        _fileStrings.Add("");
        _fileFunctions.Clear();
        _fileLocations.Clear();
        return (_fileStrings, _fileFunctions, _fileLocations);
    }

    public bool TryFind(string text, out int id) => _stringIds.TryGetValue(text, out id);

    /// <returns>Its index in <see cref="Locations"/>.</returns>
    public int LocationOf(int frame)
    {
        ref var location = ref _ofFrame[frame];
        if (location == 0)
        {
            location = Add(frames[frame]);
        }

        return location - 1;
    }

    /// <summary>What a stack without a frame is shown as; an empty one disappears in most flame graphs.</summary>
    public int UnknownLocation()
    {
        ref var location = ref _ofFrame[^1];
        if (location == 0)
        {
            location = Add(new Frame(ProfileTables.UnknownFrame, "", 0, "", 1));
        }

        return location - 1;
    }

    public static string Fit(string text)
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

    private int Add(Frame frame)
    {
        var key = new FunctionEntry(Intern(frame.Function), Intern(frame.File), frame.StartLine);
        if (!_functionIds.TryGetValue(key, out var function))
        {
            function = _functions.Count;
            _functionIds.Add(key, function);
            _functions.Add(key);
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

        _locations.Add(new LocationEntry(ProfileTables.MappingStart + address, function, frame.Line));
        _addresses.Add(address, _locations.Count);
        return _locations.Count;
    }

    private int Intern(string text)
    {
        if (!_stringIds.TryGetValue(text, out var index))
        {
            index = _strings.Count;
            _stringIds.Add(text, index);
            _strings.Add(Fit(text));
        }

        return index;
    }
}
