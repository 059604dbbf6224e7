using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SelfProfiler;
using SelfProfiler.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers continuous profiling with an application's services.</summary>
public static class ContinuousProfilingServiceCollectionExtensions
{
    /// <summary>Profiles the process from a second after the start of the host to its end, without anything of ASP.NET Core.</summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Overrides section <c>ContinuousProfiling</c>; variables <c>SELFPROFILER_*</c> override both.</param>
    public static ContinuousProfilingBuilder AddContinuousProfilingCore(
        this IServiceCollection services, Action<ContinuousProfilingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<ContinuousProfilingOptions>, OptionsFromConfiguration>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<ContinuousProfilingOptions>, OptionsFromEnvironment>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ContinuousProfilingOptions>, ContinuousProfilingOptionsValidator>());
        var options = services.AddOptions<ContinuousProfilingOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton<OptionsReload>();
        services.TryAddSingleton(static provider => ContinuousProfiler.ForHost(
            provider.GetRequiredService<OptionsReload>(),
            provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            provider.GetServices<IProfileExporter>(),
            provider.GetService<IHostEnvironment>()?.EnvironmentName));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ProfilerHostedService>());
        return new ContinuousProfilingBuilder(services);
    }
}
