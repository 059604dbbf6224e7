namespace SelfProfiler.Exporter;

/// <summary>Where Parca or Polar Signals Cloud listens. For the latter set <see cref="HttpExporterOptions.BearerToken"/>.</summary>
public sealed class ParcaExporterOptions : HttpExporterOptions
{
    /// <summary>Options with their defaults: a server on this machine.</summary>
    public ParcaExporterOptions()
        : base("parca") => Endpoint = new Uri("http://localhost:7070");
}
