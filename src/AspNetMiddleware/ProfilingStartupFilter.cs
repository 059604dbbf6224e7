using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SelfProfiler.AspNetCore;

/// <summary>Stands before everything the application does: gives requests without an activity a label, and serves the endpoint to this machine where that is allowed.</summary>
internal sealed class ProfilingStartupFilter(
    ContinuousProfiler profiler, PprofMapping mapping, IHostEnvironment environment, IOptions<ContinuousProfilingOptions> options) : IStartupFilter
{
    private const string Root = "/debug/pprof";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(static following => new RequestLabels(following).InvokeAsync);
        if (environment.IsDevelopment() || options.Value.AllowLoopback)
        {
            var endpoint = new PprofEndpoint(profiler.Host.Services.Handler, "pprof");
            app.Use(following => context => IsOurs(context, out var path)
                ? endpoint.ServeThisMachineAsync(context, path, following)
                : following(context));
        }

        next(app);
    };

    private bool IsOurs(HttpContext context, out PathString path)
    {
        path = default;
        return !mapping.TakenByApplication && context.Request.Path.StartsWithSegments(Root, StringComparison.Ordinal, out path);
    }
}
