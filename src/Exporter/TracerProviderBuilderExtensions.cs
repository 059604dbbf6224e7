using SelfProfiler.Exporter.Pyroscope;

namespace OpenTelemetry.Trace;

/// <summary>Links traces to profiles for users of OpenTelemetry.</summary>
public static class SelfProfilerTracerProviderBuilderExtensions
{
    /// <summary>Marks local root spans with <c>pyroscope.profile.id</c>: Grafana then offers "Profiles for this span".</summary>
    /// <param name="builder">The tracer provider that is being built.</param>
    public static TracerProviderBuilder AddProfileIds(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddInstrumentation(static () => new ProfileIds());
    }
}
