using SelfProfiler.Exporter.Push;
using SelfProfiler.Exporter.Pyroscope;

namespace SelfProfiler.Exporter;

/// <summary>Pushes profiles to Grafana Pyroscope or Grafana Cloud Profiles.</summary>
public sealed class PyroscopeExporter : HttpProfileExporter
{
    private readonly PyroscopePushes _pushes;

    /// <summary>An exporter for use without a host; with one, <c>AddPyroscopeExporter</c> creates it.</summary>
    /// <param name="options">Not to be changed afterwards.</param>
    public PyroscopeExporter(PyroscopeExporterOptions options)
        : this(options, TimeProvider.System)
    {
    }

    internal PyroscopeExporter(PyroscopeExporterOptions options, TimeProvider time)
        : base(WithTenant(options), time) => _pushes = new PyroscopePushes(options, time);

    /// <inheritdoc/>
    public override IReadOnlyList<ExporterLoss> Losses => _pushes.Losses;

    /// <inheritdoc/>
    public override TimeSpan LongestInterval => PyroscopePushes.LongestInterval;

    private protected override IEnumerable<PushRequest> Encode(ProfileExport export) => _pushes.Encode(export);

    private protected override ExportResult? Refuse(ProfileExport export) => _pushes.Refuse(export);

    private protected override ExportResult Judge(PushAnswer answer) => PyroscopePushes.Judge(answer);

    private static PyroscopeExporterOptions WithTenant(PyroscopeExporterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.TenantId is { Length: > 0 } tenant)
        {
            options.Headers["X-Scope-OrgID"] = tenant;
        }

        return options;
    }
}
