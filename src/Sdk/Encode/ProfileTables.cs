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

    public const ulong MappingLimit = MappingStart + FrameCatalog.AddressMask + 1;

    /// <summary>What a stack without a frame is shown as; an empty one disappears in most flame graphs.</summary>
    public const string UnknownFrame = "[unknown]";

    private readonly ProfileData _data;
    private readonly FrameCatalog _catalog;

    // Strings that are no frame's: labels, units, sentences.
    private readonly Dictionary<string, int> _others = new(StringComparer.Ordinal);
    private readonly List<string> _strings;
    private readonly List<FunctionEntry> _functions;
    private readonly List<LocationEntry> _locations;

    /// <param name="data">The profile, or a part of one.</param>
    /// <param name="catalog">Of the same frames; given when several parts of one profile are written. These tables are valid until the next ones are made with it.</param>
    public ProfileTables(ProfileData data, FrameCatalog? catalog = null)
    {
        _data = data;
        _catalog = catalog ?? new FrameCatalog(data.Frames);
        (_strings, _functions, _locations) = _catalog.Begin();
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

    public IReadOnlyList<FunctionEntry> Functions => _functions;

    /// <summary>The first is empty.</summary>
    public IReadOnlyList<string> Strings => _strings;

    public int Intern(string text)
    {
        if (_catalog.TryFind(text, out var known))
        {
            return String(known);
        }

        if (!_others.TryGetValue(text, out var index))
        {
            index = _strings.Count;
            _others.Add(text, index);
            _strings.Add(FrameCatalog.Fit(text));
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
        if (Node[0] != 0)
        {
            Node[0] = Location(_catalog.UnknownLocation());
        }

        for (var node = 1; node < Node.Length; node++)
        {
            if (Node[node] != 0)
            {
                Node[node] = Location(_catalog.LocationOf(_data.NodeFrame[node]));
            }
        }
    }

    private int Location(int entry)
    {
        ref var number = ref _catalog.LocationsOfFile[entry];
        if (number == 0)
        {
            var location = _catalog.Locations[entry];
            _locations.Add(location with { Function = Function(location.Function) });
            number = _locations.Count;
        }

        return number;
    }

    private int Function(int entry)
    {
        ref var number = ref _catalog.FunctionsOfFile[entry];
        if (number == 0)
        {
            var function = _catalog.Functions[entry];
            _functions.Add(new FunctionEntry(String(function.Name), String(function.File), function.StartLine));
            number = _functions.Count;
        }

        return number - 1;
    }

    private int String(int entry)
    {
        if (entry == 0)
        {
            return 0;
        }

        ref var number = ref _catalog.StringsOfFile[entry];
        if (number == 0)
        {
            number = _strings.Count;
            _strings.Add(_catalog.Strings[entry]);
        }

        return number;
    }
}
