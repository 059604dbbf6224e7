using System.Text.Json;
using SelfProfiler.Labels;

namespace SelfProfiler.Serve.Ui;

/// <summary>What the requests of the recent past cost: by route, and the slowest of them.</summary>
internal sealed class RequestReport
{
    private const int MaxRoutes = 500;

    private readonly List<(string Route, RouteTotals Totals)> _routes = [];
    private readonly List<(RequestInfo Info, string Route)> _slowest = [];
    private readonly long _now;

    private RequestReport(long now) => _now = now;

    /// <summary>The busiest routes first.</summary>
    public IReadOnlyList<(string Route, RouteTotals Totals)> Routes => _routes;

    public IEnumerable<RequestInfo> SlowestRequests => _slowest.Select(request => request.Info);

    /// <param name="requests">As the table has them; those that run count with their time so far.</param>
    /// <param name="ended">What is known by route of requests that have ended; null: those of the table.</param>
    /// <param name="routeText">Text of a route.</param>
    /// <param name="query">Which of the slowest.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    public static RequestReport Of(
        IEnumerable<RequestInfo> requests, Dictionary<int, RouteTotals>? ended, Func<int, string?> routeText, RequestQuery query, long now)
    {
        var report = new RequestReport(now);
        var byRoute = ended ?? [];
        foreach (var request in requests)
        {
            if (!request.Ended || ended is null)
            {
                if (!byRoute.TryGetValue(request.Route, out var totals))
                {
                    byRoute[request.Route] = totals = new RouteTotals();
                }

                if (request.Ended)
                {
                    totals.Add(Duration(request, now), request.Status, request.Usage);
                }
                else
                {
                    totals.AddRunning(Duration(request, now), request.Usage);
                }
            }

            string text = routeText(request.Route) ?? "";
            if ((query.Route is null || query.Route == text) && (request.TraceIdHigh | request.TraceIdLow) != 0
                && Duration(request, now) >= query.MinDuration.TotalNanoseconds)
            {
                report._slowest.Add((request, text));
            }
        }

        report._routes.AddRange(byRoute.Select(route => (routeText(route.Key) ?? "", route.Value)));
        report._routes.Sort((left, right) => right.Totals.Count.CompareTo(left.Totals.Count));
        report._routes.RemoveRange(Math.Min(MaxRoutes, report._routes.Count), Math.Max(0, report._routes.Count - MaxRoutes));
        report._slowest.Sort((left, right) => Duration(right.Info, now).CompareTo(Duration(left.Info, now)));
        report._slowest.RemoveRange(Math.Min(query.Top, report._slowest.Count), Math.Max(0, report._slowest.Count - query.Top));
        return report;
    }

    public static long Duration(in RequestInfo request, long now) => (request.Ended ? request.End : now) - request.Start;

    public void Write(Utf8JsonWriter json, DateTimeOffset utcNow)
    {
        json.WriteStartObject();
        json.WriteStartArray("routes");
        foreach (var (route, totals) in _routes)
        {
            json.WriteStartObject();
            json.WriteString("route", route);
            json.WriteNumber("count", totals.Count);
            json.WriteNumber("running", totals.Running);
            json.WriteNumber("failed", totals.Failed);
            json.WriteNumber("p50", totals.Durations.At(0.50));
            json.WriteNumber("p95", totals.Durations.At(0.95));
            json.WriteNumber("p99", totals.Durations.At(0.99));
            json.WriteNumber("p999", totals.Durations.At(0.999));
            Usage(json, totals.Usage, totals.DurationNs);
            PerRequest(json, totals);
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
            Usage(json, request.Usage, Duration(request, _now));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>CPU comes from samples: with n of them a sum is off by one part in the root of n, one time in three by more.</summary>
    private static void PerRequest(Utf8JsonWriter json, RouteTotals totals)
    {
        json.WriteNumber("allocatedPerRequest", totals.Usage.AllocatedBytes / Math.Max(1, totals.Count));
        double cpu = (double)totals.Usage.CpuNs / Math.Max(1, totals.Count);
        json.WriteNumber("cpuPerRequest", Math.Round(cpu));
        if (totals.Usage.CpuSamples > 0)
        {
            json.WriteNumber("cpuPerRequestError", Math.Round(cpu / Math.Sqrt(totals.Usage.CpuSamples)));
        }
        else
        {
            json.WriteNull("cpuPerRequestError");
        }
    }

    private static void Usage(Utf8JsonWriter json, in RequestUsage usage, long duration)
    {
        json.WriteNumber("thread", usage.OnThreadNs);
        json.WriteNumber("cpu", usage.CpuNs);
        json.WriteNumber("samples", usage.CpuSamples);
        json.WriteNumber("allocated", usage.AllocatedBytes);
        json.WriteNumber("lock", usage.LockWaitNs);
        json.WriteNumber("gcShare", duration > 0 ? Math.Round((double)usage.GcPauseNs / duration, 5) : 0);
    }
}

/// <summary>Which of the slowest requests are wanted.</summary>
/// <param name="Route">Of this route only; null for all.</param>
/// <param name="MinDuration">That took so long at least.</param>
/// <param name="Top">So many.</param>
internal sealed record RequestQuery(string? Route, TimeSpan MinDuration, int Top)
{
    private const int Usual = 50;
    private const int Most = 1_000;

    public static RequestQuery All { get; } = new(null, TimeSpan.Zero, Usual);

    /// <exception cref="PprofRefusal">A parameter cannot be read.</exception>
    public static RequestQuery Read(QueryString query)
    {
        _ = query.TryGet("route", out string? route);
        var duration = TimeSpan.Zero;
        if (!query.TryGet("min_duration", out string? least) || (least is not null && !GoDuration.TryParse(least, out duration)))
        {
            throw new PprofRefusal(400, "\"min_duration\" is a duration such as 500ms, 1.5s or 2m.");
        }

        int top = Usual;
        if (!query.TryGet("top", out string? number) || (number is not null && (!int.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out top) || top is < 1 or > Most)))
        {
            throw new PprofRefusal(400, $"\"top\" is a number from 1 to {Most}.");
        }

        return new RequestQuery(route, duration, top);
    }
}
