namespace SelfProfiler.Exporter.Push;

/// <summary>One HTTP request that the server takes or refuses as a whole; without credentials, so that it may lie on disk.</summary>
/// <param name="Path">Relative to the endpoint, with the query.</param>
/// <param name="ContentType">Sent exactly so: some servers refuse a charset behind it.</param>
/// <param name="Gzip">The body is compressed as a whole and says so in its header.</param>
/// <param name="Body">What is sent.</param>
internal sealed record PushRequest(string Path, string ContentType, bool Gzip, byte[] Body);

/// <summary>What came back.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">Without parameters, empty when there was none.</param>
/// <param name="Body">Its first 8 KB.</param>
/// <param name="RetryAfter">What the server asked for.</param>
internal sealed record PushAnswer(int Status, string ContentType, byte[] Body, TimeSpan? RetryAfter);
