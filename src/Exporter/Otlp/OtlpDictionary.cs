using Google.Protobuf;
using SelfProfiler.Encode;
using SelfProfiler.Exporter.Otlp.Wire;

namespace SelfProfiler.Exporter.Otlp;

/// <summary>The tables that the profiles of one request share. Entry 0 of each is empty and means "not set".</summary>
internal sealed class OtlpDictionary
{
    private readonly ProfileData _data;
    private readonly ProfileTables _tables;
    private readonly Dictionary<(string Key, string Value), int> _attributes = [];
    private readonly Dictionary<(string Trace, string Span), int> _links = [];

    // Stacks by their frames, not by node: two nodes whose frames show the same are one stack here.
    private readonly Dictionary<(int Parent, int Location), int> _nodes = [];
    private readonly Dictionary<int, int> _stacks = [];

    public OtlpDictionary(ProfileData data)
    {
        _data = data;
        _tables = new ProfileTables(data);
        Message.MappingTable.Add(new Mapping());
        Message.LinkTable.Add(new Link());
        Message.AttributeTable.Add(new KeyValueAndUnit());
        Message.StackTable.Add(new Wire.Stack());
        AddFunctions();
        AddLocations();
    }

    public ProfilesDictionary Message { get; } = new();

    /// <summary>Strings are added until here: call it last.</summary>
    public ProfilesDictionary Finish()
    {
        Message.StringTable.AddRange(_tables.Strings);
        return Message;
    }

    public int String(string text) => _tables.Intern(text);

    public int Attribute(string key, string value)
    {
        if (!_attributes.TryGetValue((key, value), out var index))
        {
            index = Message.AttributeTable.Count;
            _attributes.Add((key, value), index);
            Message.AttributeTable.Add(new KeyValueAndUnit { KeyStrindex = String(key), Value = new AnyValue { StringValue = value } });
        }

        return index;
    }

    /// <returns>0 when the ids are none.</returns>
    public int Link(string trace, string span)
    {
        if (trace.Length != 32 || (span.Length != 16 && span.Length != 0) || !(trace + span).All(char.IsAsciiHexDigit))
        {
            return 0;
        }

        if (!_links.TryGetValue((trace, span), out var index))
        {
            index = Message.LinkTable.Count;
            _links.Add((trace, span), index);
            Message.LinkTable.Add(new Link
            {
                TraceId = ByteString.CopyFrom(Convert.FromHexString(trace)),
                SpanId = ByteString.CopyFrom(span.Length == 0 ? new byte[8] : Convert.FromHexString(span)),
            });
        }

        return index;
    }

    public int Stack(int leaf)
    {
        if (_stacks.TryGetValue(leaf, out var known))
        {
            return known;
        }

        var stack = new Wire.Stack();
        foreach (var node in TextEncoder.LeafFirst(_data, leaf))
        {
            stack.LocationIndices.Add(_tables.Node[node]);
        }

        var index = Canonical(stack);
        _stacks.Add(leaf, index);
        return index;
    }

    private int Canonical(Wire.Stack stack)
    {
        var node = 0;
        for (var i = stack.LocationIndices.Count - 1; i >= 0; i--)
        {
            var key = (node, stack.LocationIndices[i]);
            if (!_nodes.TryGetValue(key, out node))
            {
                node = _nodes.Count + 1;
                _nodes.Add(key, node);
            }
        }

        // A negative key: the whole stack, not a leaf's node of the profile.
        if (!_stacks.TryGetValue(-node, out var index))
        {
            index = Message.StackTable.Count;
            Message.StackTable.Add(stack);
            _stacks.Add(-node, index);
        }

        return index;
    }

    private void AddFunctions()
    {
        Message.FunctionTable.Add(new Function());
        foreach (var function in _tables.Functions)
        {
            Message.FunctionTable.Add(new Function { NameStrindex = function.Name, FilenameStrindex = function.File, StartLine = function.StartLine });
        }
    }

    private void AddLocations()
    {
        // Mapping 0: the convention for code that no file on disk holds as it runs.
        var managed = Attribute("profile.frame.type", "dotnet");
        Message.LocationTable.Add(new Location());
        foreach (var location in _tables.Locations)
        {
            Message.LocationTable.Add(new Location
            {
                Address = location.Address,
                Lines = { new Line { FunctionIndex = location.Function + 1, Line_ = location.Line } },
                AttributeIndices = { managed },
            });
        }
    }
}
