using System.Buffers;
using Google.Protobuf;
using SelfProfiler.Encode;
using SelfProfiler.Exporter.Otlp.Wire;

namespace SelfProfiler.Exporter.Otlp;

/// <summary>The tables that the profiles of one request share. Entry 0 of each is empty and means "not set".</summary>
/// <remarks>The few attributes there are are messages; everything else goes into the buffer as it is met.</remarks>
internal sealed class OtlpDictionary
{
    private const int LocationField = 2;
    private const int FunctionField = 3;
    private const int LinkField = 4;
    private const int StringField = 5;
    private const int TraceBytes = 16;
    private const int SpanBytes = 8;

    private readonly ProfileTables _tables;
    private readonly OtlpStacks _stacks;
    private readonly OtlpWriter _output;
    private readonly Dictionary<(string Key, string Value), int> _attributes = [];
    private readonly Dictionary<(string Trace, string Span), int> _links = [];
    private readonly ProfilesDictionary _message = new()
    {
        MappingTable = { new Mapping() },
        AttributeTable = { new KeyValueAndUnit() },
    };

    /// <param name="data">Whose tables they are.</param>
    /// <param name="tables">Made of it.</param>
    /// <param name="output">Cleared, and filled until <see cref="Finish"/>.</param>
    /// <param name="nodes">Memory for stacks; one serves all requests of an export.</param>
    public OtlpDictionary(ProfileData data, ProfileTables tables, OtlpWriter output, Dictionary<(int Parent, int Location), int> nodes)
    {
        _tables = tables;
        _output = output;
        output.Clear();
        output.Head(LinkField, 0);
        _stacks = new OtlpStacks(data, tables, output, nodes);
        AddFunctions();
        AddLocations();
    }

    /// <summary>Strings are added until here: call it last.</summary>
    public void Finish()
    {
        _output.Bytes(_message.ToByteArray());
        foreach (var text in _tables.Strings)
        {
            _output.Text(StringField, text);
        }
    }

    public int String(string text) => _tables.Intern(text);

    /// <summary>The stack that ends in a node.</summary>
    public int Stack(int leaf) => _stacks.Of(leaf);

    public int Attribute(string key, string value)
    {
        if (!_attributes.TryGetValue((key, value), out var index))
        {
            index = _message.AttributeTable.Count;
            _attributes.Add((key, value), index);
            _message.AttributeTable.Add(new KeyValueAndUnit { KeyStrindex = String(key), Value = new AnyValue { StringValue = value } });
        }

        return index;
    }

    /// <returns>0 when the ids are none.</returns>
    public int Link(string trace, string span)
    {
        Span<byte> bytes = stackalloc byte[TraceBytes + SpanBytes];
        bytes.Clear();
        if (trace.Length != 2 * TraceBytes
            || (span.Length != 2 * SpanBytes && span.Length != 0)
            || Convert.FromHexString(trace, bytes, out _, out _) != OperationStatus.Done
            || Convert.FromHexString(span, bytes[TraceBytes..], out _, out _) != OperationStatus.Done)
        {
            return 0;
        }

        if (!_links.TryGetValue((trace, span), out var index))
        {
            index = _links.Count + 1;
            _links.Add((trace, span), index);
            _output.Head(LinkField, 2 + TraceBytes + 2 + SpanBytes);
            _output.Message(1, bytes[..TraceBytes]);
            _output.Message(2, bytes[TraceBytes..]);
        }

        return index;
    }

    // name_strindex = 1, filename_strindex = 3, start_line = 4; no system name.
    private void AddFunctions()
    {
        _output.Head(FunctionField, 0);
        foreach (var function in _tables.Functions)
        {
            _output.Head(FunctionField, OtlpWriter.SizeOfNumber(function.Name) + OtlpWriter.SizeOfNumber(function.File) + OtlpWriter.SizeOfNumber(function.StartLine));
            _output.Number(1, function.Name);
            _output.Number(3, function.File);
            _output.Number(4, function.StartLine);
        }
    }

    // address = 2, lines = 3 { function_index = 1, line = 2 }, attribute_indices = 4. Mapping 0: the convention for code that no
    // file on disk holds as it runs.
    private void AddLocations()
    {
        var managed = Attribute("profile.frame.type", "dotnet");
        var attributes = OtlpWriter.SizeOf((ulong)managed);
        _output.Head(LocationField, 0);
        foreach (var location in _tables.Locations)
        {
            var line = OtlpWriter.SizeOfNumber(location.Function + 1) + OtlpWriter.SizeOfNumber(location.Line);
            _output.Head(LocationField, OtlpWriter.SizeOfNumber((long)location.Address) + 2 + line + 2 + attributes);
            _output.Number(2, (long)location.Address);
            _output.Head(3, line);
            _output.Number(1, location.Function + 1);
            _output.Number(2, location.Line);
            _output.Head(4, attributes);
            _output.Raw((ulong)managed);
        }
    }
}
