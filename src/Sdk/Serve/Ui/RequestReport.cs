using System.Text.Json;
using SelfProfiler.Labels;

namespace SelfProfiler.Serve.Ui;

/// <summary>What the requests of the recent past cost: by route, and the slowest of them.</summary>
internal sealed class RequestReport
{
    private const int MaxRoutes = 500;
    private const int Slowest = 50;

    private readonly List<RouteCost> _routes = [];
    private readonly List<(RequestInfo Info, string Route)> _slowest = [];
    private readonly long _now;

    private RequestReport(long now) => _now = now;

    /// <summary>The busiest routes first.</summary>
    public IReadOnlyList<RouteCost> Routes => _routes;

    public IEnumerable<RequestInfo> SlowestRequests => _slowest.Select(request => request.Info);

    /// <param name="requests">As the table has them; those that run count with their time so far.</param>
    /// <param name="routeText">Text of a route.</param>
    /// <param name="route">The slowest of this route only; null for all.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    public static RequestReport Of(IEnumerable<RequestInfo> requests, Func<int, string?> routeText, string? route, long now)
    {
        var report = new RequestReport(now);
        var byRoute = new Dictionary<int, List<RequestInfo>>();
        foreach (var request in requests)
        {
            if (!byRoute.TryGetValue(request.Route, out var list))
            {
                byRoute.Add(request.Route, list = []);
            }

            list.Add(request);
        }

        foreach (var (id, list) in byRoute)
        {
            string text = routeText(id) ?? "";
            report._routes.Add(RouteCost.Of(text, list, now));
            if (route is null || route == text)
            {
                report._slowest.AddRange(list.Where(request => (request.TraceIdHigh | request.TraceIdLow) != 0).Select(request => (request, text)));
            }
        }

        report._routes.Sort((left, right) => right.Count.CompareTo(left.Count));
        report._slowest.Sort((left, right) => Duration(right.Info, now).CompareTo(Duration(left.Info, now)));
        report._slowest.RemoveRange(Math.Min(Slowest, report._slowest.Count), Math.Max(0, report._slowest.Count - Slowest));
        report._routes.RemoveRange(Math.Min(MaxRoutes, report._routes.Count), Math.Max(0, report._routes.Count - MaxRoutes));
        return report;
    }

    public static long Duration(in RequestInfo request, long now) => (request.Ended ? request.End : now) - request.Start;

    public void Write(Utf8JsonWriter json, DateTimeOffset utcNow)
    {
        json.WriteStartObject();
        json.WriteStartArray("routes");
        foreach (var route in _routes)
        {
            json.WriteStartObject();
            json.WriteString("route", route.Route);
            json.WriteNumber("count", route.Count);
            json.WriteNumber("running", route.Running);
            json.WriteNumber("p50", route.P50);
            json.WriteNumber("p95", route.P95);
            json.WriteNumber("p99", route.P99);
            Usage(json, route.Usage);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("slowest");
        foreach (var (request, route) in _slowest)
        {
            json.WriteStartObject();
            json.WriteString("trace", $"{request.TraceIdHigh:x16}{request.TraceIdLow:x16}");
            json.WriteString("route", route);
            json.WriteNumber("status", request.Status);
            json.WriteBoolean("running", !request.Ended);
            json.WriteNumber("start", (utcNow - TimeSpan.FromTicks((_now - request.Start) / 100)).ToUnixTimeMilliseconds());
            json.WriteNumber("duration", Duration(request, _now));
            Usage(json, request.Usage);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Usage(Utf8JsonWriter json, in RequestUsage usage)
    {
        json.WriteNumber("thread", usage.OnThreadNs);
        json.WriteNumber("cpu", usage.CpuNs);
        json.WriteNumber("samples", usage.CpuSamples);
        json.WriteNumber("allocated", usage.AllocatedBytes);
        json.WriteNumber("lock", usage.LockWaitNs);
    }
}

/// <summary>What the requests of a route cost; percentiles are of the requests still remembered, exactly.</summary>
internal sealed record RouteCost(string Route, int Count, int Running, long P50, long P95, long P99, RequestUsage Usage)
{
    public static RouteCost Of(string route, List<RequestInfo> requests, long now)
    {
        long[] durations = [.. requests.Select(request => RequestReport.Duration(request, now))];
        Array.Sort(durations);
        var usage = requests.Aggregate(default(RequestUsage), (sum, request) => sum + request.Usage);
        return new RouteCost(
            route, requests.Count, requests.Count(request => !request.Ended), At(durations, 0.50), At(durations, 0.95), At(durations, 0.99), usage);
    }

    /// <summary>The smallest duration that so many of them do not exceed.</summary>
    private static long At(long[] sorted, double share) => sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * share) - 1, 0, sorted.Length - 1)];
}
