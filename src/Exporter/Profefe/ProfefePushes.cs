using System.Globalization;
using System.Text.Json;
using SelfProfiler.Encode;
using SelfProfiler.Exporter.Push;
using SelfProfiler.Exporter.Series;

namespace SelfProfiler.Exporter.Profefe;

/// <summary>Profiles as uploads to profefe: the pprof file as it is, labels in the query.</summary>
/// <remarks>Read from profefe/profefe 92baf9f (February 2023).</remarks>
internal sealed class ProfefePushes(ProfefeExporterOptions options)
{
    public IEnumerable<PushRequest> Encode(ProfileExport export)
    {
        var profile = export.Profile;
        var source = export.Source;
        var labels = new List<KeyValuePair<string, string>>
        {
            new("kind", SeriesLabels.NameOf(profile.Kind)), // several kinds share the type "other"
            new("version", source.Version),
            new("environment", source.Environment),
            new("host", source.Host),
            new("instance", source.Instance),
            new("commit", source.Commit),
        };
        labels.AddRange(options.Labels);
        // Commas and equals signs divide the list; both sides are unescaped once more after the query itself.
        var list = string.Join(',', labels
            .Where(label => label.Value.Length > 0)
            .DistinctBy(label => label.Key)
            .Select(label => $"{Uri.EscapeDataString(label.Key)}={Uri.EscapeDataString(label.Value)}"));
        var created = profile.Start.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        yield return new PushRequest(
            $"/api/0/profiles?service={Uri.EscapeDataString(source.Service)}&type={TypeOf(profile.Kind)}&labels={Uri.EscapeDataString(list)}&created_at={Uri.EscapeDataString(created)}",
            "application/octet-stream",
            Gzip: false,
            PprofEncoder.Encode(profile.Data));
    }

    public static ExportResult Judge(PushAnswer answer) => PushAnswers.Judge(
        "profefe",
        answer,
        status => status is 408 or 429 or >= 500,
        taken => taken.ContentType is "application/json" && SaysStored(taken.Body));

    // The server knows these names and no others.
    private static string TypeOf(ProfileKind kind) => kind switch
    {
        ProfileKind.Cpu => "cpu",
        ProfileKind.Allocations => "heap",
        ProfileKind.Contention => "mutex",
        ProfileKind.Waits => "block",
        ProfileKind.Threads => "goroutine",
        _ => "other",
    };

    private static bool SaysStored(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("code", out var code)
                && code.ValueKind == JsonValueKind.Number
                && code.GetInt32() == 200;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
