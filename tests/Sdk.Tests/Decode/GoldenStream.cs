using System.IO.Compression;
using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

/// <summary>The recorded streams of tests/Golden, and what our reader makes of them.</summary>
internal static class GoldenStream
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static IEnumerable<TheoryDataRow<string>> Names { get; } = Directory.GetFiles(Folder, "*.nettrace*")
        .Select(path => Path.GetFileName(path).Split('.')[0])
        .Order(StringComparer.Ordinal)
        .Select(name => new TheoryDataRow<string>(name))
        .ToArray();

    public static byte[] Read(string name)
    {
        var raw = Path.Combine(Folder, name + ".nettrace");
        if (File.Exists(raw))
        {
            return File.ReadAllBytes(raw);
        }

        using var file = File.OpenRead(raw + ".gz");
        using var unzip = new GZipStream(file, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    public static List<DecodedEvent> Decode(ReadOnlySpan<byte> stream) => Decode(stream, out _);

    public static List<DecodedEvent> Decode(ReadOnlySpan<byte> stream, out NettraceReader reader)
    {
        List<DecodedEvent> events = [];
        NettraceReader self = null!;
        self = new NettraceReader((in EventRecord record) => events.Add(DecodedEvent.Of(in record, self.ProviderName(record.MetadataId)!)));
        self.Feed(stream);
        reader = self;
        return events;
    }

    /// <summary>What the parser makes of a recorded stream.</summary>
    public static ParsedStream Parse(string name)
    {
        var parsed = new ParsedStream();
        parsed.Read(Read(name));
        return parsed;
    }
}
