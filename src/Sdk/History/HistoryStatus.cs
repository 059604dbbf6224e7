namespace SelfProfiler.History;

/// <summary>What history holds.</summary>
/// <param name="Bytes">Taken by windows, estimated.</param>
/// <param name="Budget">What they may take.</param>
/// <param name="Since">Begin of the oldest window; null while there is none.</param>
/// <param name="ExactSince">From here on samples carry their trace ids and windows are short; null while there is none.</param>
/// <param name="Windows">How many there are.</param>
/// <param name="Merged">Windows put together to keep the budget.</param>
/// <param name="Folded">Rows of old windows that lost their stack.</param>
/// <param name="Dropped">Windows given up because not even merged ones fitted.</param>
/// <param name="Missed">Windows that were not sealed in time.</param>
internal sealed record HistoryStatus(
    long Bytes, long Budget, DateTimeOffset? Since, DateTimeOffset? ExactSince, int Windows, long Merged, long Folded, long Dropped, long Missed)
{
    /// <summary>What is on disk; null when nothing is to be.</summary>
    public string? Disk { get; init; }

    /// <summary>Windows that could not be written to disk.</summary>
    public long Unwritten { get; init; }

    /// <summary>Segments on disk of which a part could not be read.</summary>
    public long Broken { get; init; }

    public string Sentence => FormattableString.Invariant($"{Bytes / 1048576.0:0.0} of {Budget / 1048576.0:0.#} MB in {Windows} windows")
        + (Since is { } since ? FormattableString.Invariant($"; since {since.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z") : "; nothing yet")
        + (ExactSince is { } exact ? FormattableString.Invariant($", trace ids since {exact.UtcDateTime:HH:mm:ss}Z.") : ".")
        + (Disk is { } disk ? " " + disk : "");

    public IEnumerable<KeyValuePair<string, long>> Losses =>
    [
        new("stacks of old history folded", Folded),
        new("history windows dropped", Dropped),
        new("history windows missed", Missed),
        new("history windows not written to disk", Unwritten),
        new("broken history segments", Broken),
    ];
}
