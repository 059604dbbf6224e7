using System.Net.Sockets;

namespace SelfProfiler.Serve;

/// <summary>Why a request was refused.</summary>
internal enum AccessReason
{
    /// <summary>Nobody decided: refused.</summary>
    Undecided,
    Allowed,
    NoPeer,
    RemotePeer,
    Proxied,
    MissingHost,
    ForeignHost,
    NoToken,
    WrongToken,
    CrossSite,
    ForeignOrigin,
    NeedsToken,
    NeedsHeader,
}

/// <summary>Whether a request may be answered.</summary>
/// <param name="Reason">What decided.</param>
/// <param name="Status">Of the answer when it was refused.</param>
/// <param name="Sentence">What to do, for whoever asked.</param>
/// <param name="Hidden">The answer says nothing, as if the endpoint did not exist.</param>
internal sealed record AccessDecision(AccessReason Reason, int Status, string Sentence = "", bool Hidden = false)
{
    public static AccessDecision Allow { get; } = new(AccessReason.Allowed, 200);

    public bool Allowed => Reason == AccessReason.Allowed;
}

/// <summary>The access rules of both fronts: no I/O, no clock, nothing but the facts of one request.</summary>
internal sealed class AccessRules(string? token)
{
    private readonly AccessToken? _token = string.IsNullOrEmpty(token) ? null : new AccessToken(token);

    /// <summary>A token is configured.</summary>
    public bool HasToken => _token is not null;

    public AccessDecision Decide(AccessFacts facts, bool changesState)
    {
        var ambient = false;
        var authorized = _token is not null && _token.Matches(facts.Authorization, out ambient);
        var decision = facts.Front switch
        {
            PprofFront.Mapped => AccessDecision.Allow,
            PprofFront.DiagnosticsPort => OnPort(facts, authorized),
            _ => OnApplicationPort(facts),
        };
        if (decision.Allowed)
        {
            decision = FromElsewhere(facts);
        }

        return decision.Allowed && changesState ? Changing(facts, authorized, ambient) : decision;
    }

    /// <summary>Mapped by ourselves on the application's port: only what surely comes from this machine, and no hint for anybody else.</summary>
    private static AccessDecision OnApplicationPort(AccessFacts facts)
    {
        // No transport peer: a test server. A Unix socket: a proxy in front, whoever its client is.
        if (facts.Peer is null or UnixDomainSocketEndPoint)
        {
            return Hide(AccessReason.NoPeer);
        }

        if (!LocalHost.IsLoopbackPeer(facts.Peer))
        {
            return Hide(AccessReason.RemotePeer);
        }

        // nginx with its default settings hides itself but for this.
        if (facts.OldHttp)
        {
            return Hide(AccessReason.Proxied);
        }

        return Name(facts, open: false) is var reason && reason == AccessReason.Allowed ? AccessDecision.Allow : Hide(reason);
    }

    private AccessDecision OnPort(AccessFacts facts, bool authorized)
    {
        if (_token is not null)
        {
            return authorized
                ? AccessDecision.Allow
                : facts.Authorization is null
                    ? new(AccessReason.NoToken, 401, "This port wants the token: send \"Authorization: Bearer <DiagnosticsToken>\", or give it as the password of http://any:TOKEN@host/.")
                    : new(AccessReason.WrongToken, 401, "The token is not the one that ContinuousProfiling:DiagnosticsToken names.");
        }

        return Name(facts, facts.ChosenAddress) switch
        {
            AccessReason.Allowed => AccessDecision.Allow,
            AccessReason.Proxied => new(AccessReason.Proxied, 404, "The request came through a proxy (a forwarding header is set): set ContinuousProfiling:DiagnosticsToken and send it."),
            AccessReason.MissingHost => new(AccessReason.MissingHost, 404, "The request has no Host header: send one that names this machine, such as localhost."),
            var reason => new(reason, 404, facts.ChosenAddress
                ? "The Host header is a name that others may own: ask by IP address, or set ContinuousProfiling:DiagnosticsToken and send it."
                : "The Host header does not name this machine: ask for localhost or 127.0.0.1, or set ContinuousProfiling:DiagnosticsToken and send it."),
        };
    }

    /// <summary>The rules about headers that this machine's own clients never break and proxies and rebound names do.</summary>
    private static AccessReason Name(AccessFacts facts, bool open)
    {
        if (facts.Forwarded)
        {
            return AccessReason.Proxied;
        }

        if (string.IsNullOrEmpty(facts.Host))
        {
            return AccessReason.MissingHost;
        }

        return LocalHost.IsLocalName(facts.Host) || (open && LocalHost.IsAddress(facts.Host))
            ? AccessReason.Allowed
            : AccessReason.ForeignHost;
    }

    /// <summary>Pages of other origins neither embed nor fetch nor post anything here, also when the browser knows the password.</summary>
    private static AccessDecision FromElsewhere(AccessFacts facts)
    {
        if (facts.SecFetchSite is not (null or "none" or "same-origin"))
        {
            return new(AccessReason.CrossSite, 403, "A page of another site asked for this: open the address directly.");
        }

        return facts.Origin is null || SameOrigin(facts.Origin, facts.Host)
            ? AccessDecision.Allow
            : new(AccessReason.ForeignOrigin, 403, "The Origin header names another site: open the address directly.");
    }

    /// <summary>Schemes are not compared: behind a proxy that ends TLS they differ.</summary>
    private static bool SameOrigin(string origin, string? host)
    {
        var scheme = origin.IndexOf("://", StringComparison.Ordinal);
        return scheme > 0 && host is not null && origin.AsSpan(scheme + 3).Equals(host, StringComparison.OrdinalIgnoreCase);
    }

    private AccessDecision Changing(AccessFacts facts, bool authorized, bool ambient)
    {
        if (_token is not null && !authorized)
        {
            return new(AccessReason.NeedsToken, 401, "A request that sends or switches something needs the token: send \"Authorization: Bearer <DiagnosticsToken>\".");
        }

        return (authorized && !ambient) || facts.HasCustomHeader
            ? AccessDecision.Allow
            : new(AccessReason.NeedsHeader, 403, $"A request that sends or switches something needs a header that no web page can send unasked: add \"{AccessFacts.CustomHeader}: 1\".");
    }

    private static AccessDecision Hide(AccessReason reason) => new(reason, 404, "", Hidden: true);
}
