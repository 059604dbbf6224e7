namespace SelfProfiler.Serve;

/// <summary>Counts refusals and tells the operator about the first one, with what to set.</summary>
internal sealed class DenialReport(Action<string>? tell)
{
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    public void Add(PprofFront front, AccessReason reason)
    {
        if (Interlocked.Increment(ref _count) == 1)
        {
            tell?.Invoke($"A request for the profiler was refused: {What(reason)}. {Advice(front, reason)} Further refusals are counted, not logged.");
        }
    }

    private static string What(AccessReason reason) => reason switch
    {
        AccessReason.NoPeer => "it has no network peer (a Unix socket or a test server)",
        AccessReason.RemotePeer => "it came from another machine",
        AccessReason.Proxied => "it carries a header that proxies add, or speaks HTTP/1.0 as nginx does",
        AccessReason.MissingHost => "it has no Host header",
        AccessReason.ForeignHost => "its Host header does not name this machine",
        AccessReason.NoToken or AccessReason.NeedsToken => "it carries no token",
        AccessReason.WrongToken => "its token is wrong",
        AccessReason.NeedsHeader => $"it would change state and lacks the header {AccessFacts.CustomHeader}",
        _ => "a page of another site made it",
    };

    private static string Advice(PprofFront front, AccessReason reason) => (front, reason) switch
    {
        (_, AccessReason.CrossSite or AccessReason.ForeignOrigin) => "Nothing needs to be set: open the address directly.",
        (_, AccessReason.NeedsHeader) => $"Send {AccessFacts.CustomHeader}: 1.",
        (_, AccessReason.NoToken or AccessReason.WrongToken or AccessReason.NeedsToken) => "Send the value of ContinuousProfiling:DiagnosticsToken as a bearer token.",
        (PprofFront.DiagnosticsPort, _) => "Set ContinuousProfiling:DiagnosticsToken and send it as a bearer token, or ask for localhost.",
        _ => "Use ContinuousProfiling:DiagnosticsPort, or map the endpoint with app.MapPprof().RequireAuthorization(...).",
    };
}
