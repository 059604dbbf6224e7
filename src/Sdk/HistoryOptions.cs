namespace SelfProfiler;

/// <summary>Where history is kept beside memory, and how much of it.</summary>
public sealed class HistoryOptions
{
    /// <summary>A directory for windows that memory has no room for and that outlive the process; created when it does not exist.</summary>
    /// <value>The default is none: memory only. Needs <see cref="ContinuousProfilingOptions.HistoryMegabytes"/> of at least 1.</value>
    public string? Directory { get; set; }

    /// <summary>How long files in <see cref="Directory"/> are kept.</summary>
    /// <value>The default is 3 days; from 1 hour to 366 days.</value>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(3);

    /// <summary>What they may take together; the oldest go first.</summary>
    /// <value>The default is 512 MB; from 16 to 1,048,576.</value>
    public int MaxMegabytes { get; set; } = 512;
}
