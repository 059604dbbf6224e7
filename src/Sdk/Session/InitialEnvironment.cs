namespace SelfProfiler.Session;

/// <summary>The environment this process was started with: what the runtime read, whatever the application has set since.</summary>
internal sealed class InitialEnvironment
{
    private readonly Dictionary<string, string>? _variables;

    private InitialEnvironment(Dictionary<string, string>? variables) => _variables = variables;

    public static InitialEnvironment Read()
    {
        try
        {
            return new InitialEnvironment(Parse(File.ReadAllText("/proc/self/environ")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new InitialEnvironment(null); // A process that dropped privileges may not read it: the current one is close.
        }
    }

    public string? Get(string name) =>
        _variables is null ? Environment.GetEnvironmentVariable(name) : _variables.GetValueOrDefault(name);

    internal static Dictionary<string, string> Parse(string text)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string entry in text.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                variables.TryAdd(entry[..equals], entry[(equals + 1)..]);
            }
        }

        return variables;
    }
}
