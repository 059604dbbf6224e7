using System.Text;

namespace SelfProfiler.Exporter.Series;

/// <summary>The labels of a series: the profile's name, who made it, what was configured, and what its samples share; in the form servers accept.</summary>
internal static class SeriesLabels
{
    // Characters times the longest UTF-8 sequence of one stay below Pyroscope's 2,048 bytes. Its limit of 30 labels is kept by
    // the numbers of configured labels (10), of keys of samples (8), and of those here.
    private const int LongestValue = 600;

    /// <param name="name">Becomes <c>__name__</c>.</param>
    /// <param name="source">Who made the profile.</param>
    /// <param name="configured">Labels from the options.</param>
    /// <param name="shared">Labels of the samples; those before win.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        string name,
        ProfileSource source,
        IEnumerable<KeyValuePair<string, string>> configured,
        IEnumerable<KeyValuePair<string, string>> shared)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["__name__"] = name,
            ["service_name"] = source.Service,
        };
        Add("service_version", source.Version);
        Add("deployment_environment", source.Environment);
        Add("host_name", source.Host);
        Add("service_instance_id", source.Instance);
        Add("service_git_ref", source.Commit);
        foreach (var (key, value) in configured.Concat(shared))
        {
            Add(NameOf(key), value);
        }

        return [.. labels];

        void Add(string key, string value)
        {
            // Two underscores in front are the server's own.
            if (value.Length > 0 && (!key.StartsWith("__", StringComparison.Ordinal) || key == "__delta__"))
            {
                labels.TryAdd(key, value.Length > LongestValue ? value[..LongestValue] : value);
            }
        }
    }

    /// <summary>Letters, digits and <c>_</c>, not beginning with a digit: what every version of every server accepts.</summary>
    public static string NameOf(string key)
    {
        var name = new StringBuilder(key.Length + 1);
        foreach (var c in key)
        {
            name.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }

        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            name.Insert(0, '_');
        }

        return name.ToString();
    }

    /// <summary>The name servers know a kind by.</summary>
    public static string NameOf(ProfileKind kind) => kind switch
    {
        ProfileKind.Cpu => "process_cpu",
        ProfileKind.Wall => "wall",
        ProfileKind.Allocations => "memory",
        ProfileKind.Contention => "mutex",
        ProfileKind.Waits => "block",
        ProfileKind.Exceptions => "exceptions",
        _ => "threads",
    };
}
