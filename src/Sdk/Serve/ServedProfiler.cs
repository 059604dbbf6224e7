namespace SelfProfiler.Serve;

/// <summary>What is wanted from the engine or from history.</summary>
/// <param name="Kind">What is measured.</param>
/// <param name="Filter">Which samples.</param>
internal sealed record ProfileQuery(ProfileKind Kind, ProfileFilter Filter)
{
    /// <summary>Collect from now on for so long; null: since process start (<see cref="ProfileKind.Threads"/>: now).</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Wall only: use the runtime's ticks although they suspend the process.</summary>
    public bool Ticks { get; init; }

    /// <summary>History only: begin of the interval; null: everything that is kept.</summary>
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }
}

/// <summary>What the index shows beside the links.</summary>
/// <param name="Lines">Name and text: source, budget, label coverage, exporters.</param>
/// <param name="Losses">Name and number of everything lost or dropped so far.</param>
/// <param name="Counts">Samples of each kind since start.</param>
internal sealed record ServedStatus(
    IReadOnlyList<KeyValuePair<string, string>> Lines,
    IReadOnlyList<KeyValuePair<string, long>> Losses,
    IReadOnlyDictionary<ProfileKind, long> Counts)
{
    /// <summary>With the endpoint's own counts, which are among the losses too when they are not zero.</summary>
    public IEnumerable<KeyValuePair<string, long>> LossesAnd(IEnumerable<KeyValuePair<string, long>> ownCounts) =>
        Losses.Concat(ownCounts).DistinctBy(static loss => loss.Key);
}

/// <summary>The engine as the endpoint sees it. What is null does not exist (yet) and is answered by 501 or 404 with a sentence.</summary>
/// <remarks>Any delegate may throw <see cref="PprofRefusal"/>. None may use the thread pool on its blocking path: the diagnostics port answers while the pool is starved.</remarks>
internal sealed record ServedProfiler
{
    /// <summary>Answers a query on the calling thread, blocking. Returns early with what it has, or throws <see cref="OperationCanceledException"/>, when cancelled.</summary>
    public required Func<ProfileQuery, CancellationToken, Profile> Collect { get; init; }

    /// <summary>The same without holding a thread.</summary>
    public required Func<ProfileQuery, CancellationToken, Task<Profile>> CollectAsync { get; init; }

    public required Func<ServedStatus> Status { get; init; }

    public required Func<bool> Enabled { get; init; }

    /// <summary>The off switch; returns when the order is given.</summary>
    public required Action<bool> SetEnabled { get; init; }

    /// <summary>More samples for so long, or for as long as the options say; returns when the order is given.</summary>
    public required Action<TimeSpan?> Boost { get; init; }

    /// <summary>Writes a <c>.nettrace</c> for so long, blocking.</summary>
    public Action<TimeSpan, Stream, CancellationToken>? Trace { get; init; }

    /// <summary>The same without holding a thread.</summary>
    public Func<TimeSpan, Stream, CancellationToken, Task>? TraceAsync { get; init; }

    /// <summary>Answers from kept profiles; within half a second, hence without an asynchronous twin.</summary>
    public Func<ProfileQuery, CancellationToken, Profile>? History { get; init; }

    /// <summary>Writes a flame graph.</summary>
    public Action<Profile, Stream>? Svg { get; init; }

    public Action<Profile, Stream>? Html { get; init; }

    /// <summary>Name of the function at an address of a profile.</summary>
    public Func<ulong, string?>? Symbol { get; init; }

    /// <summary>Pages beside the fixed ones (<c>/ui</c>); null from it means there is no such page.</summary>
    public Func<PprofRequest, CancellationToken, PprofResponse?>? Pages { get; init; }
}
