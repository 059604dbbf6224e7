using SelfProfiler.Exporter.Parca;
using SelfProfiler.Exporter.Push;

namespace SelfProfiler.Exporter;

/// <summary>Pushes profiles to Parca or Polar Signals Cloud.</summary>
public sealed class ParcaExporter : HttpProfileExporter
{
    private readonly ParcaPushes _pushes;

    /// <summary>An exporter for use without a host; with one, <c>AddParcaExporter</c> creates it.</summary>
    /// <param name="options">Not to be changed afterwards.</param>
    public ParcaExporter(ParcaExporterOptions options)
        : this(options, TimeProvider.System)
    {
    }

    internal ParcaExporter(ParcaExporterOptions options, TimeProvider time)
        : base(options, time) => _pushes = new ParcaPushes(options);

    /// <inheritdoc/>
    public override IReadOnlyList<ExporterLoss> Losses => _pushes.Losses;

    private protected override IEnumerable<PushRequest> Encode(ProfileExport export) => _pushes.Encode(export);

    private protected override ExportResult Judge(PushAnswer answer) => ParcaPushes.Judge(answer);
}
