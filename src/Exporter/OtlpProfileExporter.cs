using SelfProfiler.Exporter.Otlp;
using SelfProfiler.Exporter.Push;

namespace SelfProfiler.Exporter;

/// <summary>Sends profiles as OTLP over HTTP, in the layout of opentelemetry-proto 1.10 and 1.11, so that Pyroscope and the collector take them.</summary>
/// <remarks>Experimental: OTLP profiles change between versions without changing their name, and a server of another version reads them wrongly.</remarks>
public sealed class OtlpProfileExporter : HttpProfileExporter
{
    private readonly OtlpPushes _pushes;

    /// <summary>An exporter for use without a host; with one, <c>AddOtlpExporter</c> creates it.</summary>
    /// <param name="options">Not to be changed afterwards.</param>
    public OtlpProfileExporter(OtlpProfileExporterOptions options)
        : this(options, TimeProvider.System)
    {
    }

    internal OtlpProfileExporter(OtlpProfileExporterOptions options, TimeProvider time)
        : base(options, time) => _pushes = new OtlpPushes(options);

    /// <inheritdoc/>
    public override IReadOnlyList<ExporterLoss> Losses => _pushes.Losses;

    private protected override IEnumerable<PushRequest> Encode(ProfileExport export) => _pushes.Encode(export);

    private protected override ExportResult Judge(PushAnswer answer) => OtlpPushes.Judge(answer);
}
