namespace SelfProfiler.Export;

/// <summary>Every bound of the export path in one place.</summary>
internal static class ExportLimits
{
    /// <summary>Profiles that wait for one destination: some four intervals of every kind. The oldest goes first.</summary>
    public const int QueuedProfiles = 32;

    /// <summary>What they may weigh; a single profile is always taken.</summary>
    public const long QueuedBytes = 8 * 1024 * 1024;

    /// <summary>Attempts for one profile: a destination may refuse it forever with an answer that sounds temporary.</summary>
    public const int Attempts = 25;

    /// <summary>The first pause after a failure; it doubles with each.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>The longest time a destination can ask to be left alone.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(10);

    /// <summary>An attempt is cancelled after this, unless the exporter says that it may take longer.</summary>
    public static readonly TimeSpan AttemptDeadline = TimeSpan.FromSeconds(30);

    /// <summary>What an exporter can say at most: 30 seconds of pushes and the longest timeout of the last one fit.</summary>
    public static readonly TimeSpan LongestAttempt = TimeSpan.FromMinutes(2);

    /// <summary>What shutdown may take at most.</summary>
    public static readonly TimeSpan FlushDeadline = TimeSpan.FromSeconds(2);
}
