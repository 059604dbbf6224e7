namespace SelfProfiler.Serve;

/// <summary>A request together with what the access rules said about it; only its body can still change.</summary>
internal sealed class AdmittedRequest(PprofRequest request, AccessDecision decision)
{
    public PprofRequest Request => request;

    public AccessDecision Decision => decision;

    /// <summary>Its body is worth reading.</summary>
    public bool Allowed => decision.Allowed;

    public AdmittedRequest WithBody(ReadOnlyMemory<byte> body) => new(request with { Body = body }, decision);
}
