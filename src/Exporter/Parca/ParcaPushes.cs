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
    private const long MostBytes = 8_000_000;

    private readonly BoundedLabels _bounds = new(options.MaxLabelValues);

    public IReadOnlyList<ExporterLoss> Losses => _bounds.Losses;

    public IEnumerable<PushRequest> Encode(ProfileExport export)
    {
        foreach (var series in SeriesSplit.Split(export.Profile.Data, _bounds))
        {
            var labels = SeriesLabels.Of(SeriesLabels.NameOf(export.Profile.Kind), export.Source, options.Labels, series.Labels);
            foreach (var file in ProfileParts.Encode(series.Data, MostSamples, MostBytes))
            {
                yield return new PushRequest(Path, "application/json", Gzip: false, Body(labels, file));
            }
        }
    }

    public static ExportResult Judge(PushAnswer answer) => PushAnswers.Judge(
        "Parca",
        answer,
        status => status is 408 or 429 or >= 500,
        taken => taken.ContentType is "application/json" && IsObject(taken.Body));

    private static byte[] Body(IReadOnlyList<KeyValuePair<string, string>> labels, byte[] file)
    {
        using var buffer = new MemoryStream((file.Length * 4 / 3) + 2_048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("normalized", false);
            json.WriteStartArray("series");
            json.WriteStartObject();
            json.WriteStartObject("labels");
            json.WriteStartArray("labels");
            foreach (var (name, value) in labels)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("value", value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("samples");
            json.WriteStartObject();
            json.WriteBase64String("rawProfile", file);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
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
