using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using SelfProfiler.AspNetCore;
using SelfProfiler.Sdk.Tests.Serve;
using SelfProfiler.Sdk.Tests.Serve.Port;
using SelfProfiler.Serve;
using SelfProfiler.Serve.Port;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests.Fronts;

/// <summary>The same handler behind Kestrel and behind the diagnostics port, with an engine that answers at once.</summary>
public sealed class BothFronts : IAsyncLifetime
{
    private readonly PprofHandler _handler = new FakeEngine().Handler();
    private readonly DiagnosticsPort _port;
    private WebApplication? _app;

    public BothFronts() => _port = new DiagnosticsPort(_handler, new DiagnosticsPortOptions { Port = 0 }, new PortLimits());

    public async ValueTask InitializeAsync()
    {
        _port.Start();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        var endpoint = new PprofEndpoint(_handler, "pprof");
        _app.Map("/debug/pprof/{**path}", endpoint.ServeMappedAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _port.Stop(TimeSpan.FromSeconds(10));
        await _app!.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>The same bytes to both.</summary>
    internal (RawResponse AspNetCore, RawResponse Port) Ask(string target, string method = "GET", string headers = "") =>
        (Ask(new Uri(_app!.Urls.First()).Port, target, method, headers), Ask(_port.BoundPort!.Value, target, method, headers));

    private static RawResponse Ask(int port, string target, string method, string headers)
    {
        using var client = RawClient.To(port);
        return client.Send(RawClient.Get("/debug/pprof" + target, headers, method)).Read(method == "HEAD")!;
    }
}
