namespace SelfProfiler;

/// <summary>How a destination of profiles is doing.</summary>
/// <param name="Name">Name of the exporter.</param>
/// <param name="Delivered">Profiles the destination has; with a spool, pushes.</param>
/// <param name="Retried">Attempts that failed and are or were repeated.</param>
/// <param name="Rejected">Profiles the destination will never take, or may have taken without saying so.</param>
/// <param name="Dropped">Profiles given up here: newer ones needed their place, or too many attempts failed.</param>
/// <param name="Queued">Profiles waiting in memory.</param>
/// <param name="Kept">What waits in the exporter's spool.</param>
/// <param name="LastError">The last failure, as a sentence; null when the last attempt succeeded.</param>
/// <param name="LastSuccess">When the destination last took something.</param>
public sealed record ExporterStatus(
    string Name,
    long Delivered,
    long Retried,
    long Rejected,
    long Dropped,
    int Queued,
    int Kept,
    string? LastError,
    DateTimeOffset? LastSuccess)
{
    /// <summary>What was left out of profiles because of a limit.</summary>
    public IReadOnlyList<ExporterLoss> Losses { get; init; } = [];

    /// <summary>Settings that the exporter does not follow, and what it does instead.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
