using System.Reflection;

namespace SelfProfiler.Export;

/// <summary>Finds out who profiles: options first, then OpenTelemetry's variables, then the entry assembly and the machine.</summary>
internal static class SourceIdentity
{
    /// <param name="options">What was configured.</param>
    /// <param name="hostEnvironment">The host's environment name, when there is a host.</param>
    /// <param name="variable">Reads an environment variable; tests pass their own.</param>
    /// <param name="entry">The program's assembly; tests pass their own.</param>
    public static ProfileSource Detect(
        ContinuousProfilingOptions options,
        string? hostEnvironment = null,
        Func<string, string?>? variable = null,
        Assembly? entry = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        entry ??= Assembly.GetEntryAssembly();
        var resource = ParseAttributes(variable("OTEL_RESOURCE_ATTRIBUTES"));
        var (version, commit) = SplitVersion(entry?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        return new ProfileSource(
            First(options.ServiceName, variable("OTEL_SERVICE_NAME"), Get(resource, "service.name"), entry?.GetName().Name, "unknown_service"),
            First(options.ServiceVersion, Get(resource, "service.version"), version),
            First(
                options.Environment,
                Get(resource, "deployment.environment.name"),
                Get(resource, "deployment.environment"),
                hostEnvironment,
                variable("DOTNET_ENVIRONMENT"),
                variable("ASPNETCORE_ENVIRONMENT")),
            First(Get(resource, "host.name"), Environment.MachineName),
            First(Get(resource, "service.instance.id"), Guid.NewGuid().ToString()),
            First(Get(resource, "vcs.ref.head.revision"), commit));
    }

    /// <summary><c>key=value,key=value</c> with percent-encoded values; pairs that are none are left out, as OpenTelemetry does.</summary>
    public static IReadOnlyDictionary<string, string> ParseAttributes(string? text)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } key, var value])
            {
                attributes[key] = Uri.UnescapeDataString(value);
            }
        }

        return attributes;
    }

    // The SDK of .NET appends "+" and SourceRevisionId to the informational version.
    private static (string Version, string Commit) SplitVersion(string? informational) =>
        informational?.Split('+', 2) is [var version, var commit] ? (version, commit) : (informational ?? "", "");

    private static string? Get(IReadOnlyDictionary<string, string> attributes, string key) => attributes.GetValueOrDefault(key);

    private static string First(params ReadOnlySpan<string?> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (!string.IsNullOrWhiteSpace(candidate))
            {
                return candidate;
            }
        }

        return "";
    }
}
