using Microsoft.Extensions.DependencyInjection;

namespace SelfProfiler;

/// <summary>Where exporters and other additions to continuous profiling are chained.</summary>
public sealed class ContinuousProfilingBuilder
{
    internal ContinuousProfilingBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services of the application.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds a destination of profiles.</summary>
    /// <typeparam name="TExporter">Created once, from the services.</typeparam>
    public ContinuousProfilingBuilder AddExporter<[System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(
        System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicConstructors)] TExporter>()
        where TExporter : class, IProfileExporter
    {
        Services.AddSingleton<IProfileExporter, TExporter>();
        return this;
    }
}
