using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SelfProfiler.Bench.Soak;

/// <summary>Takes requests by a call instead of a socket, so that all of the web framework runs and no second process has to load it.</summary>
internal sealed class MemoryServer : IServer
{
    private Func<string, Task> _send = static _ => throw new InvalidOperationException("The application has not started.");

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _send = path => SendAsync(application, path);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }

    /// <summary>Throws when the application does.</summary>
    public Task SendAsync(string path) => _send(path);

    // Async, so that the request's activity and labels are not left to the caller's flow.
    private static async Task SendAsync<TContext>(IHttpApplication<TContext> application, string path)
        where TContext : notnull
    {
        var response = new HttpResponseFeature();
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Method = "GET", Scheme = "http", Protocol = "HTTP/1.1", Path = path, RawTarget = path });
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        var context = application.CreateContext(features);
        try
        {
            await application.ProcessRequestAsync(context);
            application.DisposeContext(context, null);
        }
        catch (Exception e)
        {
            application.DisposeContext(context, e);
            throw;
        }

        if (response.StatusCode != 200)
        {
            throw new InvalidOperationException($"{path} was answered with {response.StatusCode}.");
        }
    }
}
