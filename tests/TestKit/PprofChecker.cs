using System.IO.Compression;
using System.Text;
using Google.Protobuf;
using SelfProfiler.TestKit.Pprof;

namespace SelfProfiler.TestKit;

/// <summary>A row of a pprof file with its names: frames leaf first.</summary>
public sealed record PprofRow(string[] Frames, string[] Files, long[] Lines, long[] Values, IReadOnlyDictionary<string, string> Labels)
{
    public string Folded => string.Join(';', Frames.Reverse());
}

/// <summary>A pprof file that kept every rule, with its names resolved.</summary>
public sealed record CheckedPprof(PprofProfile Message, string[] SampleTypes, string DefaultSampleType, string[] Comments, PprofRow[] Rows);

/// <summary>Reads pprof with generated classes and refuses whatever the strictest reader refuses: Go's CheckValid, Parca's ids, Pyroscope's strings and values.</summary>
public static class PprofChecker
{
    public static CheckedPprof Check(byte[] file)
    {
        Rule(file.Length > 2 && file[0] == 0x1f && file[1] == 0x8b, "the file is gzip");
        using var gzip = new GZipStream(new MemoryStream(file), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return CheckUncompressed(plain.ToArray());
    }

    public static CheckedPprof CheckUncompressed(byte[] message)
    {
        var profile = PprofProfile.Parser.ParseFrom(message);
        CheckStrings(profile, message);
        CheckTables(profile);
        CheckHeader(profile);
        return Resolve(profile);
    }

    private static void CheckStrings(PprofProfile profile, byte[] message)
    {
        Rule(profile.StringTable.Count > 0 && profile.StringTable[0].Length == 0, "string_table[0] is empty");
        Rule(profile.StringTable.Distinct(StringComparer.Ordinal).Count() == profile.StringTable.Count, "strings are unique");
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        using var input = new CodedInputStream(message);
        uint tag;
        while ((tag = input.ReadTag()) != 0)
        {
            if (tag >> 3 == 6)
            {
                var bytes = input.ReadBytes();
                Rule(bytes.Length <= 65_535, "a string has at most 65,535 bytes");
                strict.GetCharCount(bytes.Span);
            }
            else
            {
                input.SkipLastField();
            }
        }
    }

    private static void CheckTables(PprofProfile profile)
    {
        Rule(profile.SampleType.Count > 0, "there is a sample type");
        foreach (var type in profile.SampleType.Append(profile.PeriodType))
        {
            Rule(type is not null, "there is a period type");
            Rule(Text(profile, type!.Type).All(c => char.IsAsciiLetterOrDigit(c) || c == '_'), "names of sample types use letters, digits and _");
            Rule(Text(profile, type.Unit).Length > 0, "a sample type has a unit");
        }

        Rule(profile.Mapping.Count > 0, "there is a mapping");
        for (var i = 0; i < profile.Mapping.Count; i++)
        {
            var mapping = profile.Mapping[i];
            Rule(mapping.Id == (ulong)i + 1, "mapping ids are 1..N");
            Rule(mapping.HasFunctions && mapping.HasFilenames && mapping.HasLineNumbers && mapping.HasInlineFrames, "a mapping needs no symbolization");
            Rule(Text(profile, mapping.Filename).Length > 0, "a mapping has a file name");
        }

        for (var i = 0; i < profile.Function.Count; i++)
        {
            var function = profile.Function[i];
            Rule(function.Id == (ulong)i + 1, "function ids are 1..N");
            Rule(Text(profile, function.Name).Length > 0, "a function has a name");
            Rule(function.SystemName == 0, "system_name is empty");
            Text(profile, function.Filename);
        }

        var addresses = new HashSet<ulong>();
        for (var i = 0; i < profile.Location.Count; i++)
        {
            var location = profile.Location[i];
            Rule(location.Id == (ulong)i + 1, "location ids are 1..N");
            Rule(location.MappingId >= 1 && location.MappingId <= (ulong)profile.Mapping.Count, "a location has a mapping");
            var mapping = profile.Mapping[(int)location.MappingId - 1];
            Rule(location.Address != 0 && location.Address >= mapping.MemoryStart && location.Address < mapping.MemoryLimit, "an address lies inside its mapping");
            Rule(addresses.Add(location.Address), "addresses are unique");
            Rule(location.Line.Count > 0, "a location has a line");
            Rule(location.Line.All(line => line.FunctionId >= 1 && line.FunctionId <= (ulong)profile.Function.Count && line.Line >= 0), "a line has a function");
        }
    }

    private static void CheckHeader(PprofProfile profile)
    {
        Rule(profile.TimeNanos > 0, "time_nanos is set");
        Rule(profile.DurationNanos >= 0, "duration_nanos is not negative");
        Rule(profile.Period > 0, "period is set");
        Rule(profile.DropFrames == 0 && profile.KeepFrames == 0 && profile.DocUrl == 0, "no frames are dropped");
        var shown = Text(profile, profile.DefaultSampleType);
        Rule(profile.SampleType.Any(type => Text(profile, type.Type) == shown), "the default sample type exists");
    }

    private static CheckedPprof Resolve(PprofProfile profile)
    {
        var rows = profile.Sample.Select(sample => ResolveRow(profile, sample)).ToArray();
        return new CheckedPprof(
            profile,
            [.. profile.SampleType.Select(type => $"{Text(profile, type.Type)}/{Text(profile, type.Unit)}")],
            Text(profile, profile.DefaultSampleType),
            [.. profile.Comment.Select(comment => Text(profile, comment))],
            rows);
    }

    private static PprofRow ResolveRow(PprofProfile profile, PprofSample sample)
    {
        Rule(sample.Value.Count == profile.SampleType.Count, "a sample has a value per type");
        Rule(sample.Value.All(value => value >= 0) && sample.Value.Any(value => value > 0), "values are positive");
        Rule(sample.LocationId.Count is > 0 and <= 1_000, "a stack has 1 to 1,000 frames");
        Rule(sample.LocationId.All(id => id >= 1 && id <= (ulong)profile.Location.Count), "a sample's locations exist");
        Rule(sample.Label.Count <= 100, "a sample has at most 100 labels");
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var label in sample.Label)
        {
            Rule(label.Key != 0 && label.Str != 0 && label.Num == 0 && label.NumUnit == 0, "a label has a key and a text");
            Rule(labels.TryAdd(Text(profile, label.Key), Text(profile, label.Str)), "a key appears once in a sample");
        }

        var lines = sample.LocationId.Select(id => profile.Location[(int)id - 1].Line[0]).ToArray();
        var functions = lines.Select(line => profile.Function[(int)line.FunctionId - 1]).ToArray();
        return new PprofRow(
            [.. functions.Select(function => Text(profile, function.Name))],
            [.. functions.Select(function => Text(profile, function.Filename))],
            [.. lines.Select(line => line.Line)],
            [.. sample.Value],
            labels);
    }

    private static string Text(PprofProfile profile, long index)
    {
        Rule(index >= 0 && index < profile.StringTable.Count, "an index of a string is inside the table");
        return profile.StringTable[(int)index];
    }

    private static void Rule(bool holds, string rule)
    {
        if (!holds)
        {
            throw new InvalidDataException($"pprof rule broken: {rule}.");
        }
    }
}
