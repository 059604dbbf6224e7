using System.Globalization;
using Microsoft.AspNetCore.Http;
using SelfProfiler.TestKit;

namespace SelfProfiler.Exporter.Tests.Receivers;

/// <summary>What a profefe collector checks.</summary>
internal sealed class ProfefeReceiver : Receiver
{
    private readonly List<Received> _taken = [];

    public Received[] Taken => Copy(_taken);

    protected override void Take(HttpRequest request, byte[] body)
    {
        Rule(request.Method == "POST" && request.Path == "/api/0/profiles", "The path is the collector's.", 404);
        var service = request.Query["service"].ToString();
        var type = request.Query["type"].ToString();
        Rule(service.Length > 0, "service is required");
        Rule(type is "cpu" or "heap" or "block" or "mutex" or "goroutine" or "threadcreate" or "other" or "trace", $"bad type {type}");
        Rule(
            DateTime.TryParseExact(request.Query["created_at"], "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            "created_at has no zone");
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["service"] = service, ["type"] = type };
        foreach (var pair in request.Query["labels"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            Rule(pair.Split('=') is [{ Length: > 0 }, _], $"bad label {pair}");
            labels.Add(Uri.UnescapeDataString(pair.Split('=')[0]), Uri.UnescapeDataString(pair.Split('=')[1]));
        }

        _taken.Add(new Received(labels, PprofChecker.Check(body), body, ""));
    }

    protected override Task AnswerTakenAsync(HttpResponse response) => response.WriteAsJsonAsync(new { code = 200, body = new { id = "p1" } }, (System.Text.Json.JsonSerializerOptions?)null, "application/json");
}
