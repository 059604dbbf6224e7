using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SelfProfiler;
using SelfProfiler.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts the profiler's endpoint where the application wants it.</summary>
public static class PprofEndpointRouteBuilderExtensions
{
    /// <summary>Maps the pprof endpoint. Who may see it is then the application's decision: add <c>RequireAuthorization</c>, <c>RequireHost</c> or the like.</summary>
    /// <param name="endpoints">The application's routes, or a group of them.</param>
    /// <param name="pattern">Where; <c>/debug/pprof</c> is where tools look.</param>
    /// <returns>For conventions, such as authorization.</returns>
    /// <exception cref="InvalidOperationException"><c>AddContinuousProfiling</c> was not called.</exception>
    public static IEndpointConventionBuilder MapPprof(this IEndpointRouteBuilder endpoints, string pattern = "/debug/pprof")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        if (endpoints.ServiceProvider.GetService<ContinuousProfiler>() is not { } profiler
            || endpoints.ServiceProvider.GetService<PprofMapping>() is not { } mapping)
        {
            throw new InvalidOperationException(
                "MapPprof needs the profiler. Call builder.Services.AddContinuousProfiling() before builder.Build().");
        }

        mapping.TakenByApplication = true;
        string root = pattern.TrimEnd('/');
        var endpoint = new PprofEndpoint(profiler.Host.Services.Handler, root[(root.LastIndexOf('/') + 1)..]);
        return endpoints.Map(root + "/{**path}", endpoint.ServeMappedAsync)
            .WithDisplayName("pprof " + root)
            .ExcludeFromDescription()
            .DisableRequestTimeout();
    }
}
