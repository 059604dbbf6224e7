using SelfProfiler.Exporter.Tests.Wire.Otlp;

namespace SelfProfiler.Exporter.Tests.Receivers;

/// <summary>Checks and resolves the tables that OTLP profiles share.</summary>
internal static class OtlpRules
{
    public static void CheckDictionary(Dictionary dictionary)
    {
        Rule(dictionary.StringTable.Count > 0 && dictionary.StringTable[0].Length == 0, "String 0 is empty.");
        Rule(dictionary.StringTable.Distinct().Count() == dictionary.StringTable.Count, "Strings are unique.");
        Rule(dictionary.MappingTable.Count > 0 && dictionary.MappingTable[0].Equals(new Mapping()), "Mapping 0 is empty.");
        Rule(dictionary.LocationTable.Count > 0 && dictionary.LocationTable[0].Equals(new Location()), "Location 0 is empty.");
        Rule(dictionary.FunctionTable.Count > 0 && dictionary.FunctionTable[0].Equals(new Function()), "Function 0 is empty.");
        Rule(dictionary.LinkTable.Count > 0 && dictionary.LinkTable[0].Equals(new Link()), "Link 0 is empty, without bytes.");
        Rule(dictionary.AttributeTable.Count > 0 && dictionary.AttributeTable[0].Equals(new KeyValueAndUnit()), "Attribute 0 is empty.");
        Rule(dictionary.StackTable.Count > 0 && dictionary.StackTable[0].Equals(new Stack()), "Stack 0 is empty.");
        Rule(dictionary.StackTable.Distinct().Count() == dictionary.StackTable.Count, "Stacks are unique.");
        Rule(dictionary.LinkTable.Skip(1).All(link => link.TraceId.Length == 16 && link.SpanId.Length == 8), "A link has 16 and 8 bytes.");
        Rule(dictionary.FunctionTable.Skip(1).All(function => function.NameStrindex > 0 && function.NameStrindex < dictionary.StringTable.Count && function.SystemNameStrindex == 0), "A function has a name and no system name.");
        foreach (var location in dictionary.LocationTable.Skip(1))
        {
            Rule(location.MappingIndex >= 0 && location.MappingIndex < dictionary.MappingTable.Count, "The mapping exists.");
            Rule(location.Lines.Count > 0 && location.Lines.All(line => line.FunctionIndex > 0 && line.FunctionIndex < dictionary.FunctionTable.Count), "The function exists.");
            Rule(Attributes(location.AttributeIndices, dictionary).GetValueOrDefault("profile.frame.type") == "dotnet", "A frame says what it is.");
        }

        Rule(dictionary.StackTable.SelectMany(stack => stack.LocationIndices).All(index => index > 0 && index < dictionary.LocationTable.Count), "The locations exist.");
    }

    /// <summary>Attributes of the resource, in the only form Pyroscope and Parca both read.</summary>
    public static Dictionary<string, string> PlainAttributes(Resource? resource)
    {
        Rule(resource is not null, "A resource.");
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in resource!.Attributes)
        {
            Rule(attribute.Key.Length > 0 && attribute.KeyStrindex == 0, "A key as text.");
            Rule(attribute.Value?.ValueCase == AnyValue.ValueOneofCase.StringValue, "A value as text.");
            Rule(attributes.TryAdd(attribute.Key, attribute.Value!.StringValue), "Keys are unique.");
        }

        Rule(attributes.GetValueOrDefault("service.name", "").Length > 0, "A service name.");
        return attributes;
    }

    public static OtlpRow RowOf(Sample sample, Dictionary dictionary)
    {
        var link = dictionary.LinkTable[sample.LinkIndex];
        return new OtlpRow(
            [.. dictionary.StackTable[sample.StackIndex].LocationIndices.Select(index => dictionary.StringTable[
                dictionary.FunctionTable[dictionary.LocationTable[index].Lines[0].FunctionIndex].NameStrindex])],
            sample.Values[0],
            Convert.ToHexStringLower(link.TraceId.ToByteArray()),
            Convert.ToHexStringLower(link.SpanId.ToByteArray()),
            Attributes(sample.AttributeIndices, dictionary));
    }

    public static string TypeOf(Wire.Otlp.ValueType type, Dictionary dictionary) =>
        $"{dictionary.StringTable[type.TypeStrindex]}/{dictionary.StringTable[type.UnitStrindex]}";

    private static Dictionary<string, string> Attributes(IEnumerable<int> indices, Dictionary dictionary)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var index in indices)
        {
            Rule(index > 0 && index < dictionary.AttributeTable.Count, "The attribute exists.");
            var attribute = dictionary.AttributeTable[index];
            Rule(attribute.Value?.ValueCase == AnyValue.ValueOneofCase.StringValue, "A value as text.");
            Rule(attributes.TryAdd(dictionary.StringTable[attribute.KeyStrindex], attribute.Value!.StringValue), "Keys are unique.");
        }

        return attributes;
    }

    private static void Rule(bool holds, string rule)
    {
        if (!holds)
        {
            throw new RefusedException(400, rule);
        }
    }
}
