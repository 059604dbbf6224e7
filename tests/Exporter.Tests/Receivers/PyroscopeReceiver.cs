using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using SelfProfiler.Exporter.Tests.Wire.Push;
using SelfProfiler.TestKit;

namespace SelfProfiler.Exporter.Tests.Receivers;

/// <summary>What Pyroscope's <c>PusherService</c> checks, with its default limits.</summary>
internal sealed partial class PyroscopeReceiver(TimeProvider? time = null, string address = "http://127.0.0.1:0") : Receiver(address)
{
    private readonly List<Received> _taken = [];

    public string? Tenant { get; init; }

    public string? Authorization { get; init; }

    public Received[] Taken => Copy(_taken);

    protected override void Take(HttpRequest request, byte[] body)
    {
        Rule(request.Method == "POST" && request.Path == "/push.v1.PusherService/Push", "The path is the service's.", 404);
        Rule(request.ContentType == "application/proto", "The content type is application/proto, without parameters.", 415);
        Rule(Tenant is null || request.Headers["X-Scope-OrgID"] == Tenant, "no org id", 401);
        Rule(Authorization is null || request.Headers.Authorization == Authorization, "bad credentials", 401);
        var push = ReceivedPush.Parser.ParseFrom(body);
        Rule(push.Series.Count == 1, "One series for each push: a push of several may be stored in part.");
        var series = push.Series[0];
        var labels = CheckLabels(series);
        Rule(series.Samples.Count == 1, "A series has a profile.");
        foreach (var sample in series.Samples)
        {
            Rule(Guid.TryParse(sample.ID, out _), "The id is a UUID.");
            _taken.Add(new Received(labels, CheckProfile(sample.RawProfile.ToByteArray()), sample.RawProfile.ToByteArray(), sample.ID));
        }
    }

    protected override Task AnswerTakenAsync(HttpResponse response)
    {
        response.ContentType = "application/proto";
        return Task.CompletedTask;
    }

    private static Dictionary<string, string> CheckLabels(ReceivedSeries series)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var label in series.Labels)
        {
            Rule(labels.TryAdd(label.Name, label.Value), $"Label {label.Name} appears once.");
            Rule(LabelName().IsMatch(label.Name) && label.Name.Length <= 1_024, $"{label.Name} is a label name.");
            Rule(label.Value.Length > 0 && Encoding.UTF8.GetByteCount(label.Value) <= 2_048, $"The value of {label.Name} has 1 to 2,048 bytes.");
        }

        Rule(labels.GetValueOrDefault("__name__", "").Length > 0, "missing __name__");
        Rule(labels.GetValueOrDefault("service_name", "").Length > 0, "missing service_name");
        Rule(labels.GetValueOrDefault("__delta__") == "false", "An interval says __delta__=false.");
        Rule(labels.Count <= 30, "A series has at most 30 labels.");
        return labels;
    }

    private CheckedPprof CheckProfile(byte[] file)
    {
        using var gzip = new GZipStream(new MemoryStream(file), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        Rule(plain.Length < 2 * 1024 * 1024, "A request above the burst of 2 MiB can never pass.", 429);
        var profile = PprofChecker.CheckUncompressed(plain.ToArray());
        Rule(profile.Rows.Length is > 0 and <= 16_000, "A profile has 1 to 16,000 samples.");
        var now = (time ?? TimeProvider.System).GetUtcNow();
        var start = DateTimeOffset.UnixEpoch.AddTicks(profile.Message.TimeNanos / 100);
        Rule(start > now.AddHours(-1) && start < now.AddMinutes(10), "The profile's time is within an hour back and ten minutes ahead.");
        foreach (var row in profile.Rows)
        {
            Rule(row.Labels.Keys.All(key => key is "trace_id" or "span_id"), "Every other label of a sample would be a series of its own.");
            Rule(!row.Labels.TryGetValue("trace_id", out var trace) || Hex32().IsMatch(trace), "A trace id has 32 hex digits.");
            Rule(!row.Labels.TryGetValue("span_id", out var span) || Hex16().IsMatch(span), "A span id has 16 hex digits.");
        }

        return profile;
    }

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex LabelName();

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex Hex32();

    [GeneratedRegex("^[0-9a-f]{16}$")]
    private static partial Regex Hex16();
}
