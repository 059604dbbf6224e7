using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SelfProfiler.EndToEnd.Tests.Ui;

/// <summary>A small application that profiles itself, on a free port, with one route that computes.</summary>
internal sealed class Shop : IAsyncDisposable
{
    public const string Route = "/orders/{id}";

    private readonly WebApplication _app;

    private Shop(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First() + "/");

    public HttpClient Client { get; } = new();

    public static async Task<Shop> StartAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddContinuousProfiling();
        var app = builder.Build();
        app.MapGet(Route, (int id) => Results.Text(Compute(id)));
        app.MapGet("/<img src=x onerror=alert(1)>", () => Results.Text(Compute(5)));
        await app.StartAsync();
        await Profilers.Ready(app.Services.GetRequiredService<ContinuousProfiler>()); // the slowest request is often the first, and its samples are looked for
        return new Shop(app);
    }

    /// <summary>Requests for so long, one after the other.</summary>
    public async Task WorkAsync(TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 1; Stopwatch.GetElapsedTime(start) < time; i++)
        {
            await ComputeAsync(TimeSpan.FromMilliseconds(20 + (i % 5 * 20)));
            await Client.GetStringAsync(new Uri(Address, "%3Cimg%20src=x%20onerror=alert(1)%3E"));
        }
    }

    /// <summary>One request that computes for so long.</summary>
    public Task ComputeAsync(TimeSpan time) =>
        Client.GetStringAsync(new Uri(Address, "orders/" + ((int)time.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture)));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private static string Compute(int milliseconds)
    {
        long start = Stopwatch.GetTimestamp();
        double sum = 0;
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds)
        {
            for (int i = 1; i < 10_000; i++)
            {
                sum += Math.Sqrt(i);
            }
        }

        return sum > 0 ? "done" : "nothing";
    }
}
