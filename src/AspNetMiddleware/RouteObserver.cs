using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using SelfProfiler.Labels;

namespace SelfProfiler.AspNetCore;

/// <summary>Learns the route of a request the moment it is matched, so that a running request has one already.</summary>
/// <remarks>Asks the listener for this one event: a subscription without a predicate would switch all of ASP.NET Core's on.</remarks>
internal sealed class RouteObserver(DiagnosticListener listener) : IHostedService, IObserver<KeyValuePair<string, object?>>
{
    private const string EndpointMatched = "Microsoft.AspNetCore.Routing.EndpointMatched";

    private IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The host's own listener: another host of the process has its own observer.
        _subscription = listener.Subscribe(this, static name => name == EndpointMatched);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == EndpointMatched && value.Value is HttpContext context && !IsReExecuted(context)
            && RouteTemplates.Of(context.GetEndpoint()) is { } route)
        {
            RequestScope.SetRoute(route);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    /// <summary>An error page answers instead of the route that failed: the request keeps the route it was made for.</summary>
    private static bool IsReExecuted(HttpContext context) =>
        context.Features.Get<IExceptionHandlerFeature>() is not null || context.Features.Get<IStatusCodeReExecuteFeature>() is not null;
}
