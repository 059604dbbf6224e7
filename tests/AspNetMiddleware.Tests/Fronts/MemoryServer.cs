using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SelfProfiler.AspNetMiddleware.Tests.Fronts;

/// <summary>Requests without any connection, as test servers make them.</summary>
internal sealed class MemoryServer : IServer, IAsyncDisposable
{
    private Func<IFeatureCollection, Task>? _process;
    private WebApplication? _app;

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public static async Task<MemoryServer> StartAsync()
    {
        var server = new MemoryServer();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IServer>(server);
        builder.Services.AddContinuousProfiling();
        server._app = builder.Build();
        server._app.MapGet("/", () => "the application");
        await server._app.StartAsync();
        return server;
    }

    public async Task<int> StatusOfAsync(string path)
    {
        var features = new FeatureCollection();
        var response = new HttpResponseFeature();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = "GET",
            Path = path,
            Protocol = "HTTP/1.1",
            Scheme = "http",
            Headers = { Host = "localhost" },
        });
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new MemoryStream()));
        await _process!(features);
        return response.StatusCode;
    }

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _process = async features =>
        {
            var context = application.CreateContext(features);
            await application.ProcessRequestAsync(context);
            application.DisposeContext(context, null);
        };
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
