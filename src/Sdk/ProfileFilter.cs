namespace SelfProfiler;

/// <summary>Which samples of a profile are wanted. Everything given must hold.</summary>
public sealed record ProfileFilter
{
    /// <summary>32 hexadecimal digits.</summary>
    public string? TraceId { get; init; }

    /// <summary>16 hexadecimal digits.</summary>
    public string? SpanId { get; init; }

    /// <summary>The route template, for example <c>/orders/{id}</c>.</summary>
    public string? Route { get; init; }

    /// <summary>Labels and the values they must have.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>Only requests that took at least this long; a running request counts with its duration so far.</summary>
    public TimeSpan? MinDuration { get; init; }

    /// <summary>Wall only: all threads instead of requests and labelled work; known idle waits of the pool stay out.</summary>
    public bool AllThreads { get; init; }

    /// <summary>Show the runtime's and libraries' native frames instead of short names such as <c>[gc]</c>.</summary>
    public bool NativeFrames { get; init; }

    /// <summary>For formats that show stacks only: what differs in its labels becomes one row.</summary>
    internal bool WithoutLabels { get; init; }

    /// <summary>What is known of the requests matters for the answer.</summary>
    internal bool NeedsRequests => !WithoutLabels || !IsEmpty;

    internal bool IsEmpty =>
        TraceId is null && SpanId is null && Route is null && Labels.Count == 0 && MinDuration is null;
}
