namespace SelfProfiler.Session;

internal enum SessionState
{
    /// <summary>Nobody wants it.</summary>
    Off,

    /// <summary>Wanted and about to run, perhaps after a delay.</summary>
    Starting,

    Running,

    /// <summary>Wanted, but it stays off; the failure says why.</summary>
    Failed,
}

/// <summary>What a session is doing, and how it has fared.</summary>
/// <param name="Kind">Which session.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Failure">The last failure; kept while it is retried and after it gave up, gone when it runs.</param>
/// <param name="Since">When this state began (monotonic ns).</param>
/// <param name="Starts">Successful starts.</param>
/// <param name="Stops">Stops, of whatever outcome.</param>
/// <param name="Failures">Failed starts and sessions that died.</param>
/// <param name="Bytes">Bytes read since the process started.</param>
internal sealed record SessionStatus(
    SessionKind Kind,
    SessionState State,
    SessionFailure? Failure,
    long Since,
    int Starts,
    int Stops,
    int Failures,
    long Bytes)
{
    /// <summary>Starts that continued the session before without a gap.</summary>
    public int Renewals { get; init; }
}

/// <summary>A sentence for the log.</summary>
/// <param name="IsProblem">A warning; otherwise for information.</param>
/// <param name="Sentence">What happened, what follows, what to do.</param>
/// <param name="Exception">What was thrown, if anything.</param>
internal sealed record SessionNotice(bool IsProblem, string Sentence, Exception? Exception = null);
