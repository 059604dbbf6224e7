using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using SelfProfiler.TestKit;

namespace SelfProfiler.Exporter.Tests.Receivers;

/// <summary>What Parca's REST <c>WriteRaw</c> checks.</summary>
internal sealed partial class ParcaReceiver : Receiver
{
    private readonly List<Received> _taken = [];

    public string? Authorization { get; init; }

    public Received[] Taken => Copy(_taken);

    protected override void Take(HttpRequest request, byte[] body)
    {
        Rule(request.Method == "POST" && request.Path == "/api/profiles/writeraw", "The path is the gateway's.", 404);
        Rule(Authorization is null || request.Headers.Authorization == Authorization, "bad token", 401);
        Rule(request.ContentType == "application/json", "The body is JSON.", 415);
        using var json = JsonDocument.Parse(body);
        Rule(json.RootElement.EnumerateObject().All(one => one.Name is "series" or "normalized" or "tenant"), "unknown field");
        Rule(json.RootElement.GetProperty("normalized").ValueKind == JsonValueKind.False, "Addresses are not normalized.");
        var series = json.RootElement.GetProperty("series");
        Rule(series.GetArrayLength() == 1, "One series for each request: the server stores one after the other.");
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var label in series[0].GetProperty("labels").GetProperty("labels").EnumerateArray())
        {
            var name = label.GetProperty("name").GetString()!;
            Rule(LabelName().IsMatch(name), $"invalid label name: {name}");
            Rule(labels.TryAdd(name, label.GetProperty("value").GetString()!), $"duplicate label {name}");
        }

        Rule(labels.GetValueOrDefault("__name__", "").Length > 0, "missing __name__ label");
        foreach (var sample in series[0].GetProperty("samples").EnumerateArray())
        {
            var file = sample.GetProperty("rawProfile").GetBytesFromBase64();
            var profile = PprofChecker.Check(file);
            Rule(profile.Message.DurationNanos > 0, "An interval has a duration: without one it is shown as a moment.");
            Rule(profile.SampleTypes.All(type => SampleType().IsMatch(type)), "Sample types use letters, digits and _.");
            _taken.Add(new Received(labels, profile, file, ""));
        }
    }

    protected override Task AnswerTakenAsync(HttpResponse response)
    {
        response.ContentType = "application/json";
        return response.WriteAsync("{}");
    }

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex LabelName();

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*/[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex SampleType();
}
