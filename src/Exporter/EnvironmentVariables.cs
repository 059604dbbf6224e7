using System.Globalization;
using SelfProfiler.Export;
using SelfProfiler.Exporter.Pyroscope;

namespace SelfProfiler.Exporter;

/// <summary>Reads the variables that users of the backends already have. Configuration and code come after them.</summary>
/// <remarks>They are meant for others too: what we cannot use is ignored or brought into our range, and told, as OpenTelemetry's specification asks (configuration/common.md). Nothing here throws.</remarks>
internal static class EnvironmentVariables
{
    public static void Apply(PyroscopeExporterOptions options, Func<string, string?> variable)
    {
        if (Value(variable, "PYROSCOPE_SERVER_ADDRESS") is { } server)
        {
            SetEndpoint(options, "PYROSCOPE_SERVER_ADDRESS", server);
        }

        options.ApplicationName = Value(variable, "PYROSCOPE_APPLICATION_NAME") ?? options.ApplicationName;
        options.TenantId = HeaderValue(options, variable, "PYROSCOPE_TENANT_ID", () => options.TenantId) ?? options.TenantId;
        PyroscopeVariables.Credentials(
            options,
            Value(variable, "PYROSCOPE_BASIC_AUTH_USER"),
            Value(variable, "PYROSCOPE_BASIC_AUTH_PASSWORD"),
            HeaderValue(options, variable, "PYROSCOPE_AUTH_TOKEN", () => options.BearerToken));
        PyroscopeVariables.Labels(options, Value(variable, "PYROSCOPE_LABELS"));
    }

    public static void Apply(OtlpProfileExporterOptions options, Func<string, string?> variable)
    {
        Endpoint(options, variable);
        Headers(options, variable, "OTEL_EXPORTER_OTLP_HEADERS");
        Headers(options, variable, "OTEL_EXPORTER_OTLP_PROFILES_HEADERS");

        // The variable for profiles comes second, and has no say where it is no value at all.
        Timeout(options, variable, "OTEL_EXPORTER_OTLP_TIMEOUT");
        Timeout(options, variable, "OTEL_EXPORTER_OTLP_PROFILES_TIMEOUT");
        Compression(options, variable, "OTEL_EXPORTER_OTLP_COMPRESSION");
        Compression(options, variable, "OTEL_EXPORTER_OTLP_PROFILES_COMPRESSION");
        foreach (var (key, value) in SourceIdentity.ParseAttributes(variable("OTEL_RESOURCE_ATTRIBUTES")))
        {
            options.ResourceAttributes[key] = value;
        }
    }

    /// <summary>The address for profiles is used as it is, the common one gets the signal's path; gRPC endpoints are not for us.</summary>
    private static void Endpoint(OtlpProfileExporterOptions options, Func<string, string?> variable)
    {
        var protocol = Value(variable, "OTEL_EXPORTER_OTLP_PROFILES_PROTOCOL") ?? Value(variable, "OTEL_EXPORTER_OTLP_PROTOCOL");
        if (Value(variable, "OTEL_EXPORTER_OTLP_ENDPOINT") is { } common)
        {
            if (IsGrpc(protocol))
            {
                options.Layer.Tell(
                    "OTEL_EXPORTER_OTLP_ENDPOINT is ignored: the protocol set beside it is grpc, and profiles are sent as http/protobuf only. Set OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT to the receiver's HTTP address, for example http://localhost:4318/v1development/profiles.",
                    () => options.Endpoint);
            }
            else
            {
                SetEndpoint(options, "OTEL_EXPORTER_OTLP_ENDPOINT", common);
            }
        }

        if (Value(variable, "OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT") is { } own && SetEndpoint(options, "OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT", own))
        {
            var (whole, otherPath) = (options.Endpoint!, options.Path);
            var (endpoint, path) = (new Uri(whole.GetLeftPart(UriPartial.Authority)), whole.PathAndQuery);
            (options.Endpoint, options.Path) = (endpoint, path);
            if (IsGrpc(Value(variable, "OTEL_EXPORTER_OTLP_PROFILES_PROTOCOL")))
            {
                options.Layer.Tell(
                    "OTEL_EXPORTER_OTLP_PROFILES_PROTOCOL is grpc; profiles are sent to OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT as http/protobuf all the same.",
                    () => options.Endpoint);
            }

            options.Layer.AtTheEnd(() =>
            {
                // The path belongs to that address, and not to one that another layer put in its place.
                options.Path = options.Endpoint != endpoint && options.Path == path ? otherPath : options.Path;
                return null;
            });
        }
    }

    private static bool IsGrpc(string? protocol) => string.Equals(protocol, "grpc", StringComparison.OrdinalIgnoreCase);

    private static void Headers(OtlpProfileExporterOptions options, Func<string, string?> variable, string name)
    {
        var headers = SourceIdentity.ParseAttributes(variable(name)).ToLookup(header => HeaderRules.IsName(header.Key) && HeaderRules.IsValue(header.Value));
        foreach (var (header, value) in headers[true])
        {
            options.Headers[header] = value;
        }

        if (headers[false].Any())
        {
            // Without their names: a credential in the wrong place would be one.
            options.Layer.AtTheEnd(() => $"{name}: what cannot be a header of a request is ignored.");
        }
    }

    private static void Timeout(OtlpProfileExporterOptions options, Func<string, string?> variable, string name)
    {
        if (Value(variable, name) is not { } value)
        {
            return;
        }

        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) || !double.IsFinite(milliseconds) || milliseconds < 0)
        {
            options.Layer.Tell($"{name} is ignored: \"{value}\" is no number of milliseconds.", () => options.Timeout);
            return;
        }

        // Zero means without limit.
        var (least, most) = (HttpExporterOptions.ShortestTimeout.TotalMilliseconds, HttpExporterOptions.LongestTimeout.TotalMilliseconds);
        var used = milliseconds == 0 ? most : Math.Clamp(milliseconds, least, most);
        options.Timeout = TimeSpan.FromMilliseconds(used);
        if (used != milliseconds)
        {
            options.Layer.Tell(
                string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; the nearest timeout there is, {used:0} ms, is used."),
                () => options.Timeout);
        }
    }

    private static void Compression(OtlpProfileExporterOptions options, Func<string, string?> variable, string name)
    {
        switch (Value(variable, name)?.ToUpperInvariant())
        {
            case null:
                break;
            case "GZIP":
                options.Gzip = true;
                break;
            case "NONE":
                options.Gzip = false;
                break;
            default:
                options.Layer.Tell($"{name} is ignored: it is neither gzip nor none.", () => options.Gzip);
                break;
        }
    }

    private static bool SetEndpoint(HttpExporterOptions options, string name, string value)
    {
        if (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            options.Endpoint = address;
            return true;
        }

        options.Layer.Tell($"{name} is ignored: an absolute http or https address is needed.", () => options.Endpoint);
        return false;
    }

    private static string? HeaderValue(HttpExporterOptions options, Func<string, string?> variable, string name, Func<object?> option)
    {
        var value = Value(variable, name);
        if (value is null || HeaderRules.IsValue(value))
        {
            return value;
        }

        options.Layer.Tell($"{name} is ignored: it cannot be the value of a header.", option);
        return null;
    }

    /// <summary>An empty variable is none.</summary>
    private static string? Value(Func<string, string?> variable, string name) =>
        variable(name)?.Trim() is { Length: > 0 } value ? value : null;
}
