using Microsoft.Extensions.Logging;

namespace SelfProfiler.Export;

/// <summary>One destination: its queue, and the worker that empties it.</summary>
internal sealed class ExportDestination(IProfileExporter exporter, TimeProvider time, Func<double> random, ILogger logger)
{
    private readonly ExportQueue _queue = new();
    private readonly ExporterCounters _counters = new(time);

    // Exports and what an exporter kept fail for different reasons (a full disk, a backend that is down): each has its own pauses.
    private readonly ExportBackoff _exports = new(time, random);
    private readonly ExportBackoff _resumes = new(time, random);

    // Replaced by the worker, completed by anyone.
    private volatile TaskCompletionSource _wake = NewSignal();
    private volatile bool _finishing;

    // The worker's alone: what was logged already.
    private readonly HashSet<string> _told = [];

    // Settings do not change: read once, by whoever makes this.
    private readonly IReadOnlyList<string> _notices = Contained(() => exporter.Notices, []) ?? [];
    private readonly TimeSpan _longestAttempt = Within(Contained(() => exporter.LongestAttempt, ExportLimits.AttemptDeadline));

    public ExporterStatus Status => _counters.Snapshot(exporter.Name, _queue, Backlog()) with { Losses = Losses(), Notices = _notices };

    public void Add(ProfileExport export)
    {
        _queue.Add(export);
        _wake.TrySetResult();
    }

    /// <summary>Lets the worker end as soon as everything had one more attempt, without pauses.</summary>
    public void Finish()
    {
        _finishing = true;
        _wake.TrySetResult();
    }

    /// <summary>Works until <see cref="Finish"/> or until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        foreach (var notice in _notices)
        {
            ExportLog.NotFollowed(logger, exporter.Name, notice);
        }

        while (!stop.IsCancellationRequested && !_finishing)
        {
            // Before the look at the queue: what is added after it wakes the wait below.
            var wake = _wake;
            if (wake.Task.IsCompleted)
            {
                _wake = wake = NewSignal();
            }

            if (!await StepAsync(stop).ConfigureAwait(false) && !_finishing)
            {
                await WaitAsync(wake.Task, stop).ConfigureAwait(false);
            }
        }

        await DrainAsync(stop).ConfigureAwait(false);
    }

    private async ValueTask<bool> StepAsync(CancellationToken stop)
    {
        if (_exports.Remaining == TimeSpan.Zero && _queue.TryTake(out var item))
        {
            await ExportAsync(item, stop).ConfigureAwait(false);
            return true;
        }

        if (_resumes.Remaining == TimeSpan.Zero && Backlog().Count > 0)
        {
            Pause(_resumes, await AttemptAsync(exporter.ResumeAsync, stop).ConfigureAwait(false));
            return true;
        }

        return false;
    }

    // Each profile and the spool get one attempt more; the first failure ends it, for the rest would fail alike and time is short.
    private async Task DrainAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && _queue.TryTake(out var item))
        {
            if (await ExportAsync(item, stop).ConfigureAwait(false) == ExportOutcome.Retry)
            {
                return;
            }
        }

        while (!stop.IsCancellationRequested && Backlog().Count > 0)
        {
            if ((await AttemptAsync(exporter.ResumeAsync, stop).ConfigureAwait(false)).Outcome == ExportOutcome.Retry)
            {
                return;
            }
        }
    }

    private async ValueTask<ExportOutcome> ExportAsync(QueuedExport item, CancellationToken stop)
    {
        var result = await AttemptAsync(token => exporter.ExportAsync(item.Export, token), stop).ConfigureAwait(false);
        Pause(_exports, result);
        if (result.Outcome == ExportOutcome.Retry)
        {
            _queue.Return(item);
        }

        return result.Outcome;
    }

    private async ValueTask<ExportResult> AttemptAsync(Func<CancellationToken, ValueTask<ExportResult>> attempt, CancellationToken stop)
    {
        ExportResult result;
        using var deadline = new CancellationTokenSource(_longestAttempt, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            result = await attempt(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            result = new ExportResult(ExportOutcome.Retry, stop.IsCancellationRequested ? "The process stopped before the profile was sent." : "The attempt took too long.");
        }
        catch (Exception exception)
        {
            result = new ExportResult(ExportOutcome.Retry, $"{exception.GetType().Name}: {exception.Message}");
        }

        if (_counters.Record(result))
        {
            ExportLog.Changed(logger, exporter.Name, Status.LastError);
        }

        foreach (var loss in Losses())
        {
            if (loss.Count > 0 && _told.Add(loss.Name))
            {
                ExportLog.LeavesOut(logger, exporter.Name, loss.Sentence);
            }
        }

        return result;
    }

    private static void Pause(ExportBackoff backoff, ExportResult result)
    {
        if (result.Outcome == ExportOutcome.Retry)
        {
            backoff.Failed(result.RetryAfter);
        }
        else
        {
            backoff.Succeeded();
        }
    }

    private async Task WaitAsync(Task wake, CancellationToken stop)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(wake, Task.Delay(NextStep(), time, woken.Token)).ConfigureAwait(false);
        await woken.CancelAsync().ConfigureAwait(false);
    }

    private TimeSpan NextStep()
    {
        var export = _queue.Count > 0 ? _exports.Remaining : Timeout.InfiniteTimeSpan;
        var resume = Backlog().Count > 0 ? _resumes.Remaining : Timeout.InfiniteTimeSpan;
        return export < TimeSpan.Zero ? resume : resume < TimeSpan.Zero || export < resume ? export : resume;
    }

    // Written by others: whatever it does, the worker goes on.
    private ExporterBacklog Backlog()
    {
        try
        {
            return exporter.Backlog;
        }
        catch (Exception exception)
        {
            _counters.Record(new ExportResult(ExportOutcome.Retry, $"{exception.GetType().Name}: {exception.Message}"));
            return default;
        }
    }

    private IReadOnlyList<ExporterLoss> Losses()
    {
        try
        {
            return exporter.Losses ?? [];
        }
        catch (Exception exception)
        {
            _counters.Record(new ExportResult(ExportOutcome.Retry, $"{exception.GetType().Name}: {exception.Message}"));
            return [];
        }
    }

    // Written by others too: whatever it does, profiles are exported.
    private static T Contained<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (Exception)
        {
            return otherwise;
        }
    }

    private static TimeSpan Within(TimeSpan asked) =>
        asked < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : asked < ExportLimits.LongestAttempt ? asked : ExportLimits.LongestAttempt;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
