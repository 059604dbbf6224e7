namespace SelfProfiler.Session;

/// <summary>Whom the supervisor feeds and tells, and how patient it is.</summary>
internal sealed record SupervisorOptions
{
    /// <summary>Makes the reader of one connection. Called on the control thread; the reader is called on the pump, and closed even if its session does not start.</summary>
    public required Func<SessionKind, PumpSource> Source { get; init; }

    /// <summary>Lines for the log. Called on the control thread only.</summary>
    public Action<SessionNotice>? Notice { get; init; }

    /// <summary>Each window of ticks, when all its bytes have been read. Called on the control thread only.</summary>
    public Action<TickWindow>? TickWindow { get; init; }

    /// <summary>What the readers will use: initialised on the control thread before the first session. Add what a reader may not initialise itself.</summary>
    public Action? WarmUp { get; init; }

    /// <summary>Where the runtime listens; null: found when the control thread starts.</summary>
    public DiagnosticSocket? Socket { get; init; }

    /// <summary>List the methods that exist already, once, right after the session for names has started.</summary>
    public bool StartupRundown { get; init; } = true;

    public TimeSpan StartDeadline { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan StopDeadline { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan RundownDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Lists of methods that were given up are tried again then: without them precompiled code keeps no names.</summary>
    public TimeSpan RundownRest { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A pump that takes longer for one turn hangs: its streams are closed, because the runtime waits for their reader when a session or the process ends.</summary>
    public TimeSpan LongestPumpTurn { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Ticks that are always on and do not come for longer are started anew.</summary>
    public TimeSpan LongestTickSilence { get; init; } = TimeSpan.FromSeconds(10);

    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;
}
