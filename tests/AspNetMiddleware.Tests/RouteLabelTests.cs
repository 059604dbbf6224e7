using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests;

public sealed class RouteLabelTests
{
    [Fact]
    public async Task Samples_carry_the_template_of_the_route_and_the_trace_of_the_caller()
    {
        await using var app = await TestApp.StartAsync(map: Map);
        await Eventually.Until(() => app.Profiler.Status.Parts.All(part => part.State != PartState.Starting), TimeSpan.FromSeconds(30));
        string trace = ActivityTraceId.CreateRandom().ToHexString();
        var capture = app.Profiler.CaptureAsync(ProfileKind.Exceptions, TimeSpan.FromSeconds(4));
        await Task.Delay(300);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/orders/42");
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        await app.Client.SendAsync(request);
        await app.Client.GetAsync("/group/items/7/details");
        await app.Client.GetAsync("/boom");
        await app.Client.GetAsync("/nothing-here");
        var profile = await capture;

        var labels = profile.Data.Samples
            .Where(sample => ProfileAssertions.Stack(profile.Data, sample.LeafNode).Any(frame => frame.Contains("RouteLabelTests.Throw", StringComparison.Ordinal)))
            .Select(sample => profile.Data.LabelSets[sample.LabelSet].ToDictionary())
            .ToList();
        Assert.Contains(labels, set => set.GetValueOrDefault("route") == "/orders/{id}" && set.GetValueOrDefault("trace_id") == trace);
        Assert.Contains(labels, set => set.GetValueOrDefault("route") == "/group/items/{item}/details");
        Assert.Contains(labels, set => set.GetValueOrDefault("route") == "/boom");
        Assert.DoesNotContain(labels, set => set.GetValueOrDefault("route") is "/error" or "/nothing-here");
        Assert.All(labels, set => Assert.Equal(32, set["trace_id"].Length));
        Assert.All(labels, set => Assert.Equal(16, set["span_id"].Length));
    }

    private static void Map(WebApplication app)
    {
        app.UseExceptionHandler("/error");
        app.UseRouting();
        app.MapGet("/orders/{id:int}", (int id) => Throw(id));
        app.MapGroup("/group").MapGet("/items/{item}/details", (string item) => Throw(item.Length));
        app.MapGet("/boom", (HttpContext _) => Fail());
        app.MapGet("/error", () => Throw(1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Throw(int id)
    {
        try
        {
            throw new InvalidTimeZoneException();
        }
        catch (InvalidTimeZoneException)
        {
            return id;
        }
    }

    private static Task Fail()
    {
        Throw(1);
        throw new InvalidOperationException("on purpose");
    }
}
