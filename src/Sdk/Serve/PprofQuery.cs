namespace SelfProfiler.Serve;

/// <summary>How a profile is written.</summary>
internal enum ServedFormat
{
    Pprof,
    Folded,
    Speedscope,
    Svg,
    Html,

    /// <summary>The page's own: a pruned tree as JSON.</summary>
    Flame,
}

/// <summary>The parameters of a request, read and validated; <see cref="PprofQueryReader"/> makes it.</summary>
internal sealed record PprofQuery
{
    /// <summary>Null when absent.</summary>
    public TimeSpan? Seconds { get; init; }

    /// <summary>0: binary; more: text.</summary>
    public int Debug { get; init; }

    public ServedFormat Format { get; init; }

    public ProfileFilter Filter { get; init; } = new();

    public bool Ticks { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    public DateTimeOffset? BaseFrom { get; init; }

    public DateTimeOffset? BaseTo { get; init; }

    /// <summary>Asks for something of single requests, which only samples kept with their request can answer.</summary>
    public bool NamesRequests => Filter.TraceId is not null || Filter.SpanId is not null || Filter.MinDuration is not null;
}
