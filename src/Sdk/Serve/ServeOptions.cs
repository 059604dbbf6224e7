namespace SelfProfiler.Serve;

/// <summary>What the endpoint takes from the options, copied once.</summary>
internal sealed record ServeOptions
{
    /// <summary>Captures at a time; each may hold one thread of the diagnostics port.</summary>
    public int MaxCaptures { get; init; } = 8;

    public TimeSpan MaxCaptureDuration { get; init; } = TimeSpan.FromMinutes(5);

    public bool ShowCommandLineValues { get; init; }

    /// <summary>Demanded by the diagnostics port, and by state-changing requests everywhere.</summary>
    public string? Token { get; init; }

    /// <summary>Answers that need no waiting but work of the pump (cumulative profiles, threads): so many at a time.</summary>
    public const int MaxSnapshots = 8;

    public static ServeOptions From(ContinuousProfilingOptions options) => new()
    {
        MaxCaptures = options.MaxCaptures,
        MaxCaptureDuration = options.MaxCaptureDuration,
        ShowCommandLineValues = options.ShowCommandLineValues,
        Token = options.DiagnosticsToken,
    };
}
