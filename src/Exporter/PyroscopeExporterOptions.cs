using SelfProfiler.Exporter.Pyroscope;

namespace SelfProfiler.Exporter;

/// <summary>Where Grafana Pyroscope listens and who we are to it.</summary>
public sealed class PyroscopeExporterOptions : HttpExporterOptions
{
    /// <summary>Options with their defaults: a server on this machine.</summary>
    public PyroscopeExporterOptions()
        : base("pyroscope")
    {
        Endpoint = new Uri("http://localhost:4040");
        SpoolMaxAge = TimeSpan.FromMinutes(50); // the server takes nothing that began more than an hour ago
    }

    /// <summary>Options as the variables <c>PYROSCOPE_*</c> have them, for use without a host; with one they are read anyway. What cannot be used is left out or brought into range, and the exporter's notices tell it.</summary>
    public static PyroscopeExporterOptions FromEnvironment()
    {
        var options = new PyroscopeExporterOptions();
        EnvironmentVariables.Apply(options, System.Environment.GetEnvironmentVariable);
        return options;
    }

    /// <summary>Name of the application there; the default is the service's name.</summary>
    public string? ApplicationName { get; set; }

    /// <summary>Tenant, sent as <c>X-Scope-OrgID</c>; needed where the server has several.</summary>
    public string? TenantId { get; set; }

    internal override void Validate()
    {
        base.Validate();
        Check(SpoolMaxAge <= PyroscopePushes.Oldest, $"{nameof(PyroscopeExporterOptions)}.{nameof(SpoolMaxAge)}: at most 59 minutes, for the server takes nothing that began more than an hour ago.");
    }
}
