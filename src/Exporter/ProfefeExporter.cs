using SelfProfiler.Exporter.Profefe;
using SelfProfiler.Exporter.Push;

namespace SelfProfiler.Exporter;

/// <summary>Pushes profiles to a profefe collector.</summary>
public sealed class ProfefeExporter : HttpProfileExporter
{
    private readonly ProfefePushes _pushes;

    /// <summary>An exporter for use without a host; with one, <c>AddProfefeExporter</c> creates it.</summary>
    /// <param name="options">Not to be changed afterwards.</param>
    public ProfefeExporter(ProfefeExporterOptions options)
        : this(options, TimeProvider.System)
    {
    }

    internal ProfefeExporter(ProfefeExporterOptions options, TimeProvider time)
        : base(options, time) => _pushes = new ProfefePushes(options);

    private protected override IEnumerable<PushRequest> Encode(ProfileExport export) => _pushes.Encode(export);

    private protected override ExportResult Judge(PushAnswer answer) => ProfefePushes.Judge(answer);
}
