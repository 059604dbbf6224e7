using Microsoft.Extensions.Configuration;
using SelfProfiler;
using SelfProfiler.Exporter;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds destinations of profiles to continuous profiling.</summary>
/// <remarks>Options come from the backend's environment variables, then section <c>ContinuousProfiling:Exporters:…</c>, then code. Values of the last two that are out of range stop the start-up with the option's name; variables never do.</remarks>
public static class ExporterBuilderExtensions
{
    /// <summary>Pushes to Grafana Pyroscope; variables <c>PYROSCOPE_*</c>, section <c>Pyroscope</c>.</summary>
    /// <param name="builder">What <c>AddContinuousProfiling</c> returned.</param>
    /// <param name="configure">Has the last word.</param>
    public static ContinuousProfilingBuilder AddPyroscopeExporter(this ContinuousProfilingBuilder builder, Action<PyroscopeExporterOptions>? configure = null) => Add(
        builder,
        static section =>
        {
            var options = PyroscopeExporterOptions.FromEnvironment();
            section?.GetSection("Pyroscope").Bind(options);
            return options;
        },
        configure,
        static options => new PyroscopeExporter(options));

    /// <summary>Sends OTLP profiles over HTTP (experimental); variables <c>OTEL_EXPORTER_OTLP_*</c>, section <c>Otlp</c>.</summary>
    /// <param name="builder">What <c>AddContinuousProfiling</c> returned.</param>
    /// <param name="configure">Has the last word.</param>
    public static ContinuousProfilingBuilder AddOtlpExporter(this ContinuousProfilingBuilder builder, Action<OtlpProfileExporterOptions>? configure = null) => Add(
        builder,
        static section =>
        {
            var options = OtlpProfileExporterOptions.FromEnvironment();
            section?.GetSection("Otlp").Bind(options);
            return options;
        },
        configure,
        static options => new OtlpProfileExporter(options));

    /// <summary>Pushes to Parca or Polar Signals Cloud; section <c>Parca</c>.</summary>
    /// <param name="builder">What <c>AddContinuousProfiling</c> returned.</param>
    /// <param name="configure">Has the last word.</param>
    public static ContinuousProfilingBuilder AddParcaExporter(this ContinuousProfilingBuilder builder, Action<ParcaExporterOptions>? configure = null) => Add(
        builder,
        static section =>
        {
            var options = new ParcaExporterOptions();
            section?.GetSection("Parca").Bind(options);
            return options;
        },
        configure,
        static options => new ParcaExporter(options));

    /// <summary>Pushes to a profefe collector; section <c>Profefe</c>.</summary>
    /// <param name="builder">What <c>AddContinuousProfiling</c> returned.</param>
    /// <param name="configure">Has the last word.</param>
    public static ContinuousProfilingBuilder AddProfefeExporter(this ContinuousProfilingBuilder builder, Action<ProfefeExporterOptions>? configure = null) => Add(
        builder,
        static section =>
        {
            var options = new ProfefeExporterOptions();
            section?.GetSection("Profefe").Bind(options);
            return options;
        },
        configure,
        static options => new ProfefeExporter(options));

    /// <summary>Writes files to a directory; section <c>Files</c>.</summary>
    /// <param name="builder">What <c>AddContinuousProfiling</c> returned.</param>
    /// <param name="configure">Has the last word.</param>
    public static ContinuousProfilingBuilder AddFileExporter(this ContinuousProfilingBuilder builder, Action<FileExporterOptions>? configure = null) => Add(
        builder,
        static section =>
        {
            var options = new FileExporterOptions();
            section?.GetSection("Files").Bind(options);
            return options;
        },
        configure,
        static options => new FileExporter(options));

    private static ContinuousProfilingBuilder Add<TOptions>(
        ContinuousProfilingBuilder builder,
        Func<IConfigurationSection?, TOptions> read,
        Action<TOptions>? configure,
        Func<TOptions, IProfileExporter> create)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(services =>
        {
            var options = read(services.GetService<IConfiguration>()?.GetSection(ContinuousProfilingOptions.SectionName).GetSection("Exporters"));
            configure?.Invoke(options);
            return create(options);
        });
        return builder;
    }
}
