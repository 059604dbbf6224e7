namespace SelfProfiler.Export;

/// <summary>Counts what became of a destination's profiles, and notices when it begins to fail or works again.</summary>
internal sealed class ExporterCounters(TimeProvider time)
{
    // Guarded by _gate: the destination's worker writes, whoever shows the status reads.
    private readonly Lock _gate = new();
    private long _delivered;
    private long _retried;
    private long _rejected;
    private string? _lastError;
    private DateTimeOffset? _lastSuccess;

    /// <returns>Whether this begins or ends a failure: worth a line in the log.</returns>
    public bool Record(ExportResult result)
    {
        lock (_gate)
        {
            var failed = _lastError is not null;
            switch (result.Outcome)
            {
                case ExportOutcome.Delivered:
                    _delivered++;
                    _lastSuccess = time.GetUtcNow();
                    _lastError = result.Reason; // delivered, but something beside it failed
                    break;
                case ExportOutcome.Retry:
                    _retried++;
                    _lastError = result.Reason ?? "The destination could not be reached.";
                    break;
                case ExportOutcome.Rejected:
                    _rejected++;
                    _lastError = result.Reason ?? "The destination refused a profile.";
                    break;
                default:
                    // Kept: nothing is known of the destination yet.
                    return false;
            }

            return failed != _lastError is not null;
        }
    }

    public ExporterStatus Snapshot(string name, ExportQueue queue, ExporterBacklog backlog)
    {
        lock (_gate)
        {
            return new ExporterStatus(name, _delivered, _retried, _rejected, queue.Dropped + backlog.Dropped, queue.Count, backlog.Count, _lastError, _lastSuccess);
        }
    }
}
