using System.Globalization;
using SelfProfiler.Export;

namespace SelfProfiler.Exporter;

/// <summary>Reads the variables that users of the backends already have. Configuration and code come after them.</summary>
internal static class EnvironmentVariables
{
    public static void Apply(PyroscopeExporterOptions options, Func<string, string?> variable)
    {
        Set(variable("PYROSCOPE_SERVER_ADDRESS"), value => options.Endpoint = Address("PYROSCOPE_SERVER_ADDRESS", value));
        Set(variable("PYROSCOPE_APPLICATION_NAME"), value => options.ApplicationName = value);
        Set(variable("PYROSCOPE_TENANT_ID"), value => options.TenantId = value);
        Set(variable("PYROSCOPE_BASIC_AUTH_USER"), value => options.BasicAuthUser = value);
        Set(variable("PYROSCOPE_BASIC_AUTH_PASSWORD"), value => options.BasicAuthPassword = value);
        Set(options.BasicAuthUser is null ? variable("PYROSCOPE_AUTH_TOKEN") : null, value => options.BearerToken = value);
        foreach (var pair in (variable("PYROSCOPE_LABELS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // The .NET client divides with a colon, the others with an equals sign.
            var at = pair.AsSpan().IndexOfAny(':', '=');
            if (at > 0)
            {
                options.Labels[pair[..at].Trim()] = pair[(at + 1)..].Trim();
            }
        }
    }

    public static void Apply(OtlpProfileExporterOptions options, Func<string, string?> variable)
    {
        // The address for profiles is used as it is, the common one gets the signal's path; gRPC endpoints are not for us.
        var grpc = (variable("OTEL_EXPORTER_OTLP_PROFILES_PROTOCOL") ?? variable("OTEL_EXPORTER_OTLP_PROTOCOL"))?.Trim() == "grpc";
        if (variable("OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT") is { Length: > 0 } own)
        {
            var address = Address("OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT", own);
            options.Endpoint = new Uri(address.GetLeftPart(UriPartial.Authority));
            options.Path = address.PathAndQuery;
        }
        else if (variable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 } common)
        {
            options.Endpoint = grpc
                ? throw new ArgumentException("OTEL_EXPORTER_OTLP_PROTOCOL asks for grpc, and profiles are sent as http/protobuf only: set OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT to the receiver's HTTP address, for example http://localhost:4318/v1development/profiles.")
                : Address("OTEL_EXPORTER_OTLP_ENDPOINT", common);
        }

        foreach (var (name, value) in SourceIdentity.ParseAttributes(variable("OTEL_EXPORTER_OTLP_HEADERS"))
            .Concat(SourceIdentity.ParseAttributes(variable("OTEL_EXPORTER_OTLP_PROFILES_HEADERS"))))
        {
            options.Headers[name] = value;
        }

        foreach (var name in new[] { "OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_PROFILES_TIMEOUT" })
        {
            Set(variable(name), value => options.Timeout = double.TryParse(value, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is > 0 and < 86_400_000
                ? TimeSpan.FromMilliseconds(milliseconds)
                : throw new ArgumentException($"{name} is \"{value}\"; a number of milliseconds is needed."));
        }

        Set(variable("OTEL_EXPORTER_OTLP_PROFILES_COMPRESSION") ?? variable("OTEL_EXPORTER_OTLP_COMPRESSION"), value =>
            options.Gzip = value == "gzip");
        foreach (var (key, value) in SourceIdentity.ParseAttributes(variable("OTEL_RESOURCE_ATTRIBUTES")))
        {
            options.ResourceAttributes[key] = value;
        }
    }

    private static Uri Address(string variable, string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new ArgumentException($"{variable}: an absolute http or https address is needed.");

    private static void Set(string? value, Action<string> set)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            set(value.Trim());
        }
    }
}
