using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SelfProfiler.Labels;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests.Routes;

/// <summary>An application with every kind of route, and a look into the table of requests: what a request's samples would be labelled with.</summary>
public sealed class RouteApp : IAsyncLifetime
{
    private TestApp? _app;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync(
        map: Map,
        build: builder =>
        {
            builder.Services.AddControllersWithViews();
            builder.Services.AddRazorPages();
        });

    public ValueTask DisposeAsync() => _app!.DisposeAsync();

    /// <returns>Status, and the route of the request once it has ended.</returns>
    public async Task<(int Status, string? Route)> AskAsync(string path, HttpMethod? method = null)
    {
        var trace = ActivityTraceId.CreateRandom();
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        request.Headers.Add("traceparent", $"00-{trace.ToHexString()}-00f067aa0ba902b7-01");
        using var answer = await _app!.Client.SendAsync(request);
        await Eventually.Until(() => Find(trace) is { Ended: true }, TimeSpan.FromSeconds(60));
        return ((int)answer.StatusCode, Labels.Texts.Route(Find(trace)!.Value.Route));
    }

    public Task<string> ReadAsync(string path) => _app!.Client.GetStringAsync(path);

    private LabelEngine Labels => _app!.Profiler.Host.Labels!;

    private RequestInfo? Find(ActivityTraceId trace)
    {
        string text = trace.ToHexString();
        return Labels.Requests.Recent().Where(info => $"{info.TraceIdHigh:x16}{info.TraceIdLow:x16}" == text).Select(info => (RequestInfo?)info).FirstOrDefault();
    }

    private void Map(WebApplication app)
    {
        app.UsePathBase("/base");
        app.UseExceptionHandler("/error");
        app.UseStatusCodePagesWithReExecute("/status/{0}");
        app.UseRouting();
        app.MapGet("/orders/{id:int:min(1)}", (int id) => id);
        app.MapPost("/orders/{id:int:min(1)}", (int id) => id);
        app.MapGet("/running/{id}", (string id) => RouteNow() + id);
        app.MapGet("/literal", () => "literal");
        app.MapGet("/boom/{id}", (HttpContext _) => Fail());
        app.MapGet("/gone/{id}", (string id) => Results.NotFound());
        app.MapGet("/error", () => "sorry");
        app.MapGet("/status/{code}", (int code) => $"status {code}");
        var group = app.MapGroup("/v{version:int}/shops").MapGroup("/{shop}");
        group.MapGet("/", (string shop) => shop);
        group.MapGet("/articles/{article=1}", (string shop, string article) => shop + article);
        app.Map("/branch", branch => branch.UseRouting().UseEndpoints(routes => routes.MapGet("/inside/{id}", (string id) => id)));
        app.MapControllers();
        app.MapControllerRoute("areas", "{area:exists}/{controller}/{action=Edit}/{id?}");
        app.MapControllerRoute("default", "c/{controller=Basket}/{action=Index}/{id?}");
        app.MapRazorPages();
    }

    private string? RouteNow() =>
        Labels.Texts.Route(Find(Activity.Current!.TraceId)!.Value.Route);

    private static Task Fail() => throw new InvalidOperationException("on purpose");
}
