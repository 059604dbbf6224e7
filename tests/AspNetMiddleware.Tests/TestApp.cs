using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SelfProfiler.AspNetMiddleware.Tests;

/// <summary>A small application on a free port of this machine, through the real server.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestApp(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public HttpClient Client { get; }

    public ContinuousProfiler Profiler => _app.Services.GetRequiredService<ContinuousProfiler>();

    public static async Task<TestApp> StartAsync(
        Action<WebApplication>? map = null,
        string environment = "Development",
        Action<ContinuousProfilingOptions>? options = null,
        Action<WebApplicationBuilder>? build = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Critical); // nearly silent, and still a logger: ASP.NET Core makes activities
        builder.Services.AddContinuousProfiling(options);
        build?.Invoke(builder);
        var app = builder.Build();
        map?.Invoke(app);
        await app.StartAsync();
        return new TestApp(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
