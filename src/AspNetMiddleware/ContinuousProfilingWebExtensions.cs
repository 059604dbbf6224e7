using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SelfProfiler;
using SelfProfiler.AspNetCore;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers continuous profiling with an ASP.NET Core application.</summary>
public static class ContinuousProfilingWebExtensions
{
    /// <summary>
    /// Profiles the application and labels samples with its routes. In Development <c>/debug/pprof</c> is served to this machine;
    /// elsewhere set <see cref="ContinuousProfilingOptions.DiagnosticsPort"/> or call <c>app.MapPprof()</c>.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Overrides section <c>ContinuousProfiling</c>; variables <c>SELFPROFILER_*</c> override both.</param>
    public static ContinuousProfilingBuilder AddContinuousProfiling(
        this IServiceCollection services, Action<ContinuousProfilingOptions>? configure = null)
    {
        var builder = services.AddContinuousProfilingCore(configure);
        services.TryAddSingleton<PprofMapping>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, ProfilingStartupFilter>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<Microsoft.Extensions.Hosting.IHostedService, RouteObserver>());
        return builder;
    }

    /// <summary>Adds a health check that reports Degraded, never worse, when a part of the profiler does not deliver.</summary>
    /// <param name="builder">The health checks of the application.</param>
    /// <param name="name">Its name.</param>
    public static IHealthChecksBuilder AddContinuousProfiling(this IHealthChecksBuilder builder, string name = "continuous-profiling") =>
        builder.AddCheck<ProfilerHealthCheck>(name, Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded);
}
