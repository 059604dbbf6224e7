namespace SelfProfiler.Serve.Port;

/// <summary>Why a request is not answered as asked, and how the client is told; the connection ends with it.</summary>
internal sealed record HttpFault(int Status, string Sentence)
{
    public static HttpFault TooSlow { get; } = new(408, "The request took too long to arrive.");

    public static HttpFault Bad(string sentence) => new(400, sentence);
}

/// <summary>Request line and headers of one request, strictly read.</summary>
internal sealed record HttpHead
{
    public required string Method { get; init; }

    public required string Path { get; init; }

    /// <summary>Without the question mark, still encoded.</summary>
    public required string Query { get; init; }

    /// <summary>HTTP/1.1; otherwise 1.0.</summary>
    public required bool Version11 { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    public long ContentLength { get; init; }

    public bool Chunked { get; init; }

    /// <summary>The client waits for our leave before it sends the body.</summary>
    public bool ExpectsContinue { get; init; }

    /// <summary>The connection may serve another request.</summary>
    public bool KeepAlive { get; init; }

    public bool HasBody => Chunked || ContentLength > 0;
}
