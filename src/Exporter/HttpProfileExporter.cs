using System.Runtime.CompilerServices;
using SelfProfiler.Export;
using SelfProfiler.Exporter.Push;

namespace SelfProfiler.Exporter;

/// <summary>Turns a profile into pushes, and sends each until the server has it: directly, or through a spool on disk.</summary>
public abstract class HttpProfileExporter : IProfileExporter, IDisposable
{
    private static readonly ExportResult _kept = new(ExportOutcome.Kept);

    // The exports of which some pushes are still to be sent: a push the server took is never sent again.
    private readonly ConditionalWeakTable<ProfileExport, PushSequence> _unfinished = [];
    private readonly PushClient _client;
    private readonly PushSpool? _spool;
    private readonly TimeProvider _time;

    private protected HttpProfileExporter(HttpExporterOptions options, TimeProvider time)
    {
        Notices = options.Layer.Settle();
        options.Validate();
        Name = options.Name;
        LongestAttempt = ExportLimits.AttemptDeadline + options.Timeout;
        _time = time;
        _client = new PushClient(options, Judge);
        _spool = options.SpoolDirectory is { } directory
            ? new PushSpool(Path.Combine(directory, options.Name), options.SpoolMegabytes * 1024L * 1024, options.SpoolMaxAge, time)
            : null;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ExporterBacklog Backlog => _spool?.Backlog ?? default;

    /// <inheritdoc/>
    public virtual IReadOnlyList<ExporterLoss> Losses => [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Notices { get; }

    /// <inheritdoc/>
    public virtual TimeSpan LongestInterval => TimeSpan.MaxValue;

    /// <inheritdoc/>
    public TimeSpan LongestAttempt { get; }

    /// <inheritdoc/>
    public async ValueTask<ExportResult> ExportAsync(ProfileExport export, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(export);
        if (Refuse(export) is { } refused)
        {
            return refused;
        }

        if (!_unfinished.TryGetValue(export, out var pushes))
        {
            pushes = new PushSequence(Encode(export));
            _unfinished.Add(export, pushes);
        }

        // What the disk does not take (it is full, or read-only) is sent at once.
        while (_spool is not null && pushes.TryPeek(out var push) && _spool.TryAdd(push, export.Profile.Start))
        {
            pushes.Advance(_kept);
        }

        return _spool is not null && !pushes.TryPeek(out _)
            ? pushes.Refused ?? _kept
            : await SendAsync(pushes, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ExportResult> ResumeAsync(CancellationToken cancellationToken)
    {
        string? problem = null;
        if (_spool is null || !_spool.TryOpen(out var opened, out problem))
        {
            // The last one may have become too old in between: then nothing was sent, and nothing is counted.
            return problem is null ? _kept : new ExportResult(ExportOutcome.Rejected, problem);
        }

        // From the first byte on, the server may have it: should the process die now, it is not sent again.
        var result = await _client.SendAsync(opened.Push, () => PushSpool.Claim(opened), cancellationToken).ConfigureAwait(false);
        if (result.Outcome == ExportOutcome.Retry)
        {
            _spool.Return(opened);
        }
        else
        {
            _spool.Remove(opened);
        }

        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _spool?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The pushes of one profile, each one that the server takes or refuses as a whole.</summary>
    private protected abstract IEnumerable<PushRequest> Encode(ProfileExport export);

    /// <summary>Why a profile need not be sent, or null.</summary>
    private protected virtual ExportResult? Refuse(ProfileExport export) => null;

    /// <summary>What the server's answer means.</summary>
    private protected abstract ExportResult Judge(PushAnswer answer);

    private async ValueTask<ExportResult> SendAsync(PushSequence pushes, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        while (pushes.TryPeek(out var push))
        {
            // Cut in the middle, a push would be lost: the server may have it. The rest is sent by the next attempt.
            if (_time.GetElapsedTime(began) >= ExportLimits.AttemptDeadline)
            {
                return new ExportResult(ExportOutcome.Retry, "The attempt took too long; what is left of the profile is sent by the next.");
            }

            var result = await _client.SendAsync(push, null, cancellationToken).ConfigureAwait(false);
            if (result.Outcome == ExportOutcome.Retry)
            {
                return result;
            }

            pushes.Advance(result);
        }

        return pushes.Refused ?? ExportResult.Delivered;
    }
}
