namespace SelfProfiler.Exporter;

/// <summary>Where a profefe collector listens.</summary>
public sealed class ProfefeExporterOptions : HttpExporterOptions
{
    /// <summary>Options with their defaults: a collector on this machine.</summary>
    public ProfefeExporterOptions()
        : base("profefe") => Endpoint = new Uri("http://localhost:10100");
}
