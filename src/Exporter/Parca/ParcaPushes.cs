using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using SelfProfiler.Exporter.Push;
using SelfProfiler.Exporter.Series;

namespace SelfProfiler.Exporter.Parca;

/// <summary>Profiles as requests of Parca's REST <c>WriteRaw</c>: one series each, because the server stores one after the other.</summary>
/// <remarks>Read from parca-dev/parca 3b5647c (July 2026). The server shows series labels; labels of samples it takes and forgets.</remarks>
internal sealed class ParcaPushes(ParcaExporterOptions options)
{
    private const string Path = "/api/profiles/writeraw";

    // The server has no such limits; these keep a request well below the 4 MiB that proxies and gateways often allow.
    private const int MostSamples = 50_000;
    private const long MostBytes = 4_000_000;

    private static ReadOnlySpan<byte> Begin => """{"normalized":false,"series":[{"labels":{"labels":"""u8;

    private static ReadOnlySpan<byte> Middle => "},\"samples\":[{\"rawProfile\":\""u8;

    private static ReadOnlySpan<byte> End => "\"}]}]}"u8;

    private readonly BoundedLabels _bounds = new(options.MaxLabelValues);

    public IReadOnlyList<ExporterLoss> Losses => _bounds.Losses;

    public IEnumerable<PushRequest> Encode(ProfileExport export)
    {
        using var parts = new ProfileParts(MostSamples, MostBytes);
        foreach (var series in SeriesSplit.Split(export.Profile.Data, _bounds))
        {
            var labels = SeriesLabels.Of(SeriesLabels.NameOf(export.Profile.Kind), export.Source, options.Labels, series.Labels);
            foreach (var file in parts.Encode(series.Data))
            {
                yield return new PushRequest(Path, "application/json", Gzip: false, Body(labels, file.Span));
            }
        }
    }

    public static ExportResult Judge(PushAnswer answer) => PushAnswers.Judge(
        "Parca",
        answer,
        status => status is 408 or 429 or >= 500,
        taken => taken.ContentType is "application/json" && IsObject(taken.Body));

    // Written in one piece of the right size: the file is most of it.
    private static byte[] Body(IReadOnlyList<KeyValuePair<string, string>> labels, ReadOnlySpan<byte> file)
    {
        var head = new ArrayBufferWriter<byte>(2_048);
        using (var json = new Utf8JsonWriter(head))
        {
            json.WriteStartArray();
            foreach (var (name, value) in labels)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("value", value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        var body = new byte[Begin.Length + head.WrittenCount + Middle.Length + Base64.GetMaxEncodedToUtf8Length(file.Length) + End.Length];
        var rest = body.AsSpan();
        Put(Begin, ref rest);
        Put(head.WrittenSpan, ref rest);
        Put(Middle, ref rest);
        Base64.EncodeToUtf8(file, rest, out _, out var length);
        rest = rest[length..];
        Put(End, ref rest);
        return body;

        static void Put(ReadOnlySpan<byte> bytes, ref Span<byte> rest)
        {
            bytes.CopyTo(rest);
            rest = rest[bytes.Length..];
        }
    }

    private static bool IsObject(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
