namespace SelfProfiler.Exporter;

/// <summary>Where OTLP profiles are taken over HTTP. Experimental, like the signal itself: opentelemetry-proto 1.10 and 1.11 only.</summary>
public sealed class OtlpProfileExporterOptions : HttpExporterOptions
{
    /// <summary>Options with their defaults: a collector on this machine.</summary>
    public OtlpProfileExporterOptions()
        : base("otlp") => Endpoint = new Uri("http://localhost:4318");

    /// <summary>Options as the variables <c>OTEL_*</c> have them, for use without a host; with one they are read anyway. What cannot be used is left out or brought into range, and the exporter's notices tell it.</summary>
    public static OtlpProfileExporterOptions FromEnvironment()
    {
        var options = new OtlpProfileExporterOptions();
        EnvironmentVariables.Apply(options, System.Environment.GetEnvironmentVariable);
        return options;
    }

    /// <summary>Path behind the endpoint.</summary>
    /// <value>The default is <c>/v1development/profiles</c>; begins with a slash.</value>
    public string Path { get; set; } = "/v1development/profiles";

    /// <summary>Attributes of the resource, beside service, version, environment, host, instance and runtime.</summary>
    public IDictionary<string, string> ResourceAttributes { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Compress request bodies.</summary>
    public bool Gzip { get; set; } = true;

    internal override void Validate()
    {
        base.Validate();
        Check(Path.StartsWith('/'), $"{nameof(OtlpProfileExporterOptions)}.{nameof(Path)}: begins with '/', or it would become part of the host's name.");
    }
}
