namespace SelfProfiler.Exporter;

/// <summary>What all exporters that push over HTTP have in common.</summary>
public abstract class HttpExporterOptions
{
    internal const int MostLabels = 10;

    internal static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(100);

    internal static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(1);

    private protected HttpExporterOptions(string name) => Name = name;

    /// <summary>Name in the status and the log; give each its own when there are several of one kind.</summary>
    public string Name { get; set; }

    /// <summary>Address of the server, with a path prefix if it has one.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>How long one push may take.</summary>
    /// <value>The default is 10 seconds; from 100 milliseconds to 1 minute.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Sent as <c>Authorization: Bearer</c>. Never logged.</summary>
    public string? BearerToken { get; set; }

    /// <summary>Sent, with the password, as <c>Authorization: Basic</c>.</summary>
    public string? BasicAuthUser { get; set; }

    /// <summary>See <see cref="BasicAuthUser"/>. Never logged.</summary>
    public string? BasicAuthPassword { get; set; }

    /// <summary>Headers sent with every push. Their values are never logged.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Labels every profile carries, beside service, version, environment, host and instance; 10 at most.</summary>
    public IDictionary<string, string> Labels { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Distinct values of each sample label that the server gets to see; more become <c>other</c>. Each is a series there.</summary>
    /// <value>The default is 50; from 1 to 1,000.</value>
    public int MaxLabelValues { get; set; } = 50;

    /// <summary>Directory in which pushes wait until the server has them, also across restarts; null: in memory only.</summary>
    public string? SpoolDirectory { get; set; }

    /// <summary>What the spool may hold; the oldest goes first.</summary>
    /// <value>The default is 64 MB; from 1 to 10,240.</value>
    public int SpoolMegabytes { get; set; } = 64;

    /// <summary>How old a profile in the spool may become, from its beginning.</summary>
    /// <value>The default is 24 hours, with Pyroscope 50 minutes; from 1 minute to 366 days, with Pyroscope to 59 minutes.</value>
    public TimeSpan SpoolMaxAge { get; set; } = TimeSpan.FromHours(24);

    internal Action<SocketsHttpHandler>? HandlerSettings { get; private set; }

    internal EnvironmentLayer Layer { get; } = new();

    /// <summary>Certificates, proxy, and whatever else the connection needs. The system's proxy is used unless told otherwise.</summary>
    /// <param name="configure">Called once, when the exporter is created.</param>
    public void ConfigureHandler(Action<SocketsHttpHandler> configure) => HandlerSettings += configure;

    /// <summary>Throws with the option's name and limit when a value is not usable.</summary>
    internal virtual void Validate()
    {
        var type = GetType().Name;
        Check(Name.Any(char.IsAsciiLetterOrDigit) && Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'), $"{type}.{nameof(Name)}: letters, digits, '-', '_' and '.' only, for it names a directory too, and one letter or digit at least.");
        Check(Endpoint is { IsAbsoluteUri: true, Scheme: "http" or "https" }, $"{type}.{nameof(Endpoint)}: an absolute http or https address is needed, for example http://localhost:4040.");
        Check(Timeout >= ShortestTimeout && Timeout <= LongestTimeout, $"{type}.{nameof(Timeout)}: from 100 milliseconds to 1 minute.");
        Check(Headers.All(header => HeaderRules.IsName(header.Key) && HeaderRules.IsValue(header.Value)), $"{type}.{nameof(Headers)}: names of request headers (those of the body, such as Content-Type, are the exporter's), and values without line breaks.");
        Check(MaxLabelValues is >= 1 and <= 1_000, $"{type}.{nameof(MaxLabelValues)}: from 1 to 1,000.");
        Check(Labels.Count <= MostLabels, $"{type}.{nameof(Labels)}: 10 at most.");
        Check(SpoolMegabytes is >= 1 and <= 10_240, $"{type}.{nameof(SpoolMegabytes)}: from 1 to 10,240.");
        Check(SpoolMaxAge >= TimeSpan.FromMinutes(1) && SpoolMaxAge <= TimeSpan.FromDays(366), $"{type}.{nameof(SpoolMaxAge)}: from 1 minute to 366 days.");
        Check(BearerToken is null || BasicAuthUser is null, $"{type}: {nameof(BearerToken)} or {nameof(BasicAuthUser)}, not both.");
        Check(BasicAuthUser is null == BasicAuthPassword is null, $"{type}: {nameof(BasicAuthUser)} and {nameof(BasicAuthPassword)} belong together.");
    }

    private protected static void Check(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
