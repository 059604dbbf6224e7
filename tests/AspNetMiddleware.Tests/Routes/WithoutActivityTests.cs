using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests.Routes;

/// <summary>An application without any logger or tracing: ASP.NET Core makes no activities, and the profiler neither.</summary>
public sealed class WithoutActivityTests
{
    private const string Parent = "00f067aa0ba902b7";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_belongs_to_the_trace_its_caller_names(bool valid)
    {
        await using var app = await TestApp.StartAsync(
            map: app => app.MapGet("/orders/{id}", (string id) => Activity.Current is null ? "no activity" : "an activity"),
            build: builder => builder.Logging.ClearProviders());
        string trace = ActivityTraceId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/orders/42");
        request.Headers.Add("traceparent", $"00-{(valid ? trace : trace.ToUpperInvariant() + "x")}-{Parent}-00");
        Activity.Current = null;
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal("no activity", await answer.Content.ReadAsStringAsync());

        var labels = app.Profiler.Host.Labels!;
        await Eventually.Until(() => labels.Requests.Recent().Any(info => info.Ended && labels.Texts.Route(info.Route) == "/orders/{id}"), TimeSpan.FromSeconds(60));
        var info = labels.Requests.Recent().First(info => labels.Texts.Route(info.Route) == "/orders/{id}");
        Assert.Equal(valid, $"{info.TraceIdHigh:x16}{info.TraceIdLow:x16}" == trace);
        Assert.NotEqual(0ul, info.TraceIdLow);
        Assert.DoesNotContain($"{info.RootSpanId:x16}", new[] { Parent, "0000000000000000" });
        Assert.Equal(200, info.Status);
    }
}
