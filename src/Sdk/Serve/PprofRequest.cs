namespace SelfProfiler.Serve;

/// <summary>One request for something below <c>/debug/pprof</c>, as either front hands it to <see cref="PprofHandler"/>.</summary>
internal sealed record PprofRequest
{
    public required string Method { get; init; }

    /// <summary>What follows the root: empty for <c>/debug/pprof</c>, <c>/</c> for the index, <c>/profile</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Last segment of the root, to which a request without the closing slash is sent back: <c>pprof</c> for <c>/debug/pprof</c>.</summary>
    public string RootSegment { get; init; } = "pprof";

    /// <summary>As it arrived, still percent-encoded; with or without the question mark.</summary>
    public string Query { get; init; } = "";

    /// <summary>What <c>symbol</c> is asked about, or a profile to compare with. The front bounds it by <see cref="MaxBodyOf"/>.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Who asks, and through what.</summary>
    public required AccessFacts Access { get; init; }

    /// <summary>More than any tool sends to <c>symbol</c>: 4,096 addresses of 19 characters.</summary>
    public const int MaxBody = 128 * 1024;

    /// <summary>A pprof file to compare with.</summary>
    public const int MaxUpload = 4 * 1024 * 1024;

    /// <summary>By what stands after the last slash: fronts know their root by different names.</summary>
    public static int MaxBodyOf(string path) => ServedKind.Find(path[(path.LastIndexOf('/') + 1)..]) is null ? MaxBody : MaxUpload;
}
