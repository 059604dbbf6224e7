using System.Text.Json;
using SelfProfiler.History;
using SelfProfiler.Labels;

namespace SelfProfiler.Serve.Ui;

/// <summary>Where the page gets what is no profile.</summary>
/// <param name="History">Null while there is none.</param>
/// <param name="Requests">Copies of what is known of requests, null while nothing runs.</param>
/// <param name="Route">Text of a route.</param>
internal sealed record UiSource(Func<ProfileHistory?> History, Func<IEnumerable<RequestInfo>?> Requests, Func<int, string?> Route)
{
    /// <summary>What is known by route of requests that have ended; null: only those of the table are known.</summary>
    public Func<Dictionary<int, RouteTotals>?> Routes { get; init; } = () => null;

    /// <summary>Address of a trace in the user's tracing system, with <c>{trace_id}</c>; null for none.</summary>
    public Func<string?> TraceLink { get; init; } = () => null;
}

/// <summary>The page at <c>/ui</c>, its files and what it asks for beside profiles.</summary>
internal sealed class UiPages(UiSource source)
{
    /// <summary>Only files of this origin, nothing inline; requests go nowhere else.</summary>
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Json = "application/json";

    public PprofResponse? Answer(PprofRequest request) => request.Path switch
    {
        "/ui" => Page("text/html; charset=utf-8", "index.html"),
        "/ui/" => PprofResponse.Of(PprofResponse.Text, default, 301)
            .With("Location", "../ui" + (request.Query.TrimStart('?') is { Length: > 0 } query ? "?" + query : "")),
        "/ui/state.json" => State(new QueryString(request.Query)),
        "/ui/requests.json" or "/requests" => Requests(new QueryString(request.Query)),
        _ => request.Path.StartsWith("/ui/", StringComparison.Ordinal) && UiAssets.ContentTypes.TryGetValue(request.Path[4..], out string? type)
            ? Page(type, request.Path[4..])
            : null,
    };

    private static PprofResponse Page(string contentType, string name) =>
        PprofResponse.Of(contentType, UiAssets.Bytes(name)).With("Content-Security-Policy", Policy).With("Referrer-Policy", "no-referrer");

    private PprofResponse State(QueryString query)
    {
        var kind = query.TryGet("kind", out string? name) && ServedKind.Find(name ?? "") is { } known ? known.Kind : ProfileKind.Cpu;
        var history = source.History();
        return Write(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("hasHistory", history is not null);
            json.WriteString("traceLink", source.TraceLink());
            json.WriteString("history", history?.Status.Sentence ?? "History is turned off.");
            json.WriteStartArray("kinds");
            foreach (var served in ServedKind.All.Where(served => served.Name != "goroutine"))
            {
                json.WriteStartArray();
                json.WriteStringValue(served.Name);
                json.WriteStringValue(served.Sentence);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteStartArray("timeline");
            foreach (var point in history?.TimeLine(kind) ?? [])
            {
                json.WriteStartArray();
                json.WriteNumberValue(point.Start.ToUnixTimeMilliseconds());
                json.WriteNumberValue(Math.Round(point.Duration.TotalMilliseconds));
                json.WriteNumberValue(point.Exact ? 1 : 0);
                json.WriteNumberValue(point.Value);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private PprofResponse Requests(QueryString query)
    {
        var report = RequestReport.Of(source.Requests() ?? [], source.Routes(), source.Route, RequestQuery.Read(query), Diagnostics.Clock.Now);
        return Write(json => report.Write(json, DateTimeOffset.UtcNow));
    }

    private static PprofResponse Write(Action<Utf8JsonWriter> write)
    {
        var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            write(json);
        }

        return PprofResponse.Of(Json, stream.GetBuffer().AsMemory(0, (int)stream.Length));
    }
}
