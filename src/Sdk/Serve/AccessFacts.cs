using System.Net;

namespace SelfProfiler.Serve;

/// <summary>Which door a request came through; the strictest is the default.</summary>
internal enum PprofFront
{
    /// <summary>The application's own port, mapped by ourselves: for this machine only.</summary>
    Loopback,

    /// <summary>The application's own port, mapped by the application, which decides about authorization.</summary>
    Mapped,

    /// <summary>The profiler's own listener.</summary>
    DiagnosticsPort,
}

/// <summary>What the access rules look at, taken from the transport and the headers before anybody rewrote them.</summary>
internal sealed record AccessFacts
{
    /// <summary>Set by people and scripts that change state: a web page cannot send it to another origin without being asked about it first.</summary>
    public const string CustomHeader = "X-SelfProfiler";

    public required PprofFront Front { get; init; }

    /// <summary>The transport's other end, never what a header claims; null when there is none.</summary>
    public required EndPoint? Peer { get; init; }

    /// <summary>Diagnostics port only: its owner bound it to an address beyond this machine.</summary>
    public bool ChosenAddress { get; init; }

    public string? Host { get; init; }

    public string? Origin { get; init; }

    public string? SecFetchSite { get; init; }

    public string? Authorization { get; init; }

    /// <summary>Any header that a proxy adds.</summary>
    public bool Forwarded { get; init; }

    public bool HasCustomHeader { get; init; }

    /// <summary>HTTP/1.0: what nginx speaks to the servers behind it unless told otherwise, and no browser or tool.</summary>
    public bool OldHttp { get; init; }

    /// <summary>Collects the facts from all header lines, in the order in which they came; repeated ones are joined by commas and thereby equal nothing that is allowed.</summary>
    public static AccessFacts Collect(PprofFront front, EndPoint? peer, IEnumerable<KeyValuePair<string, string>> headers)
    {
        string? host = null, origin = null, site = null, authorization = null;
        var forwarded = false;
        var custom = false;
        foreach (var (name, value) in headers)
        {
            forwarded |= IsForwarding(name);
            custom |= Is(name, CustomHeader) && value.Length > 0;
            if (Is(name, "Host"))
            {
                host = Join(host, value);
            }
            else if (Is(name, "Origin"))
            {
                origin = Join(origin, value);
            }
            else if (Is(name, "Sec-Fetch-Site"))
            {
                site = Join(site, value);
            }
            else if (Is(name, "Authorization"))
            {
                authorization = Join(authorization, value);
            }
        }

        return new AccessFacts
        {
            Front = front,
            Peer = peer,
            Host = host,
            Origin = origin,
            SecFetchSite = site,
            Authorization = authorization,
            Forwarded = forwarded,
            HasCustomHeader = custom,
        };
    }

    private static bool IsForwarding(string name) =>
        Is(name, "Forwarded") || Is(name, "Via") || Is(name, "X-Real-IP")
        || name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase);

    private static bool Is(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);

    private static string Join(string? before, string value) => before is null ? value : before + "," + value;
}
