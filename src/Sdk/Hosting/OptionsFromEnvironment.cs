using System.Collections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace SelfProfiler.Hosting;

/// <summary>Lets the operator have the last word: <c>SELFPROFILER_OVERHEAD_BUDGET=0.01</c>, <c>SELFPROFILER_LABELS__MAX_REQUESTS=4096</c>.</summary>
internal sealed class OptionsFromEnvironment : IPostConfigureOptions<ContinuousProfilingOptions>
{
    private const string Prefix = "SELFPROFILER_";

    public void PostConfigure(string? name, ContinuousProfilingOptions options) => Apply(options, Environment.GetEnvironmentVariables());

    public static void Apply(ContinuousProfilingOptions options, IDictionary variables)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in variables)
        {
            if (variable is { Key: string key, Value: string value } && key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                values[PathOf(key)] = value;
            }
        }

        if (values.Count > 0)
        {
            new ConfigurationBuilder().AddInMemoryCollection(values).Build().Bind(options);
        }
    }

    /// <summary>Two underscores divide levels, as everywhere in .NET; single ones are for reading.</summary>
    private static string PathOf(string variable) =>
        variable[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
}
