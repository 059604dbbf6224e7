using Microsoft.Extensions.Logging;

namespace SelfProfiler.Export;

/// <summary>Cuts a profile of every kind at each interval and hands them to every destination.</summary>
/// <remarks>The application's threads never come here. A destination that hangs or fails holds up no other, and no interval.</remarks>
internal sealed class ExportLoop : IAsyncDisposable
{
    private readonly Func<IReadOnlyList<ProfileExport>> _cut;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ExportDestination[] _destinations;
    private readonly Func<double> _random;
    private readonly CancellationTokenSource _intervals = new();
    private readonly CancellationTokenSource _attempts = new();
    private readonly Lock _gate = new();
    private Task _timer = Task.CompletedTask;
    private Task _workers = Task.CompletedTask;
    private Task? _flush;
    private long _cutFailures;

    /// <param name="exporters">The destinations.</param>
    /// <param name="interval">How often.</param>
    /// <param name="cut">Ends the interval and returns its profiles; called by one thread at a time.</param>
    /// <param name="logger">For the operator.</param>
    /// <param name="time">The clock; tests pass their own.</param>
    /// <param name="random">Numbers from 0 to 1.</param>
    public ExportLoop(
        IEnumerable<IProfileExporter> exporters,
        TimeSpan interval,
        Func<IReadOnlyList<ProfileExport>> cut,
        ILogger logger,
        TimeProvider? time = null,
        Func<double>? random = null)
    {
        _cut = cut;
        _interval = interval;
        _logger = logger;
        _time = time ?? TimeProvider.System;
        _random = random ?? Random.Shared.NextDouble;
        _destinations = [.. exporters.Select(exporter => new ExportDestination(exporter, _time, _random, logger))];
    }

    /// <summary>One for each destination, in the order of registration.</summary>
    public IReadOnlyList<ExporterStatus> Status => Array.ConvertAll(_destinations, destination => destination.Status);

    /// <summary>Intervals whose profiles could not be made.</summary>
    public long CutFailures => Interlocked.Read(ref _cutFailures);

    /// <summary>Does nothing without destinations.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_destinations.Length > 0 && _flush is null && _timer.IsCompleted)
            {
                _workers = Task.WhenAll(_destinations.Select(destination => Task.Run(() => destination.RunAsync(_attempts.Token))));
                _timer = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Exports the last interval and stops, within the deadline. Safe to call twice; never throws.</summary>
    public Task FlushAsync(TimeSpan? deadline = null)
    {
        lock (_gate)
        {
            return _flush ??= Task.Run(() => FlushCoreAsync(deadline ?? ExportLimits.FlushDeadline));
        }
    }

    /// <summary>The same for <c>ProcessExit</c>, where nothing can be awaited.</summary>
    public void Flush(TimeSpan? deadline = null) => FlushAsync(deadline).Wait((deadline ?? ExportLimits.FlushDeadline) + TimeSpan.FromMilliseconds(200));

    // The cancellation sources stay undisposed: an exporter that hangs may still look at its token.
    public ValueTask DisposeAsync() => new(FlushAsync());

    private async Task RunAsync()
    {
        // A random first interval: a fleet that was started together does not push at the same instant for ever.
        var wait = _interval * (0.5 + (_random() / 2));
        while (!_intervals.IsCancellationRequested)
        {
            await Task.Delay(wait, _time, _intervals.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = _interval;
            if (!_intervals.IsCancellationRequested)
            {
                Cut();
            }
        }
    }

    private async Task FlushCoreAsync(TimeSpan deadline)
    {
        if (_destinations.Length == 0)
        {
            return;
        }

        // By its own clock even when tests drive the other one: shutdown must end.
        _attempts.CancelAfter(deadline);
        await _intervals.CancelAsync().ConfigureAwait(false);
        await Within(deadline, _timer).ConfigureAwait(false);
        await Within(deadline, Task.Run(Cut)).ConfigureAwait(false);
        foreach (var destination in _destinations)
        {
            destination.Finish();
        }

        await Within(deadline, _workers).ConfigureAwait(false);
        await _attempts.CancelAsync().ConfigureAwait(false);
    }

    // The application's code (an exporter, a logger) may hang in any of them; the next ones still get the time that is left.
    private async Task Within(TimeSpan deadline, Task task)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = _attempts.Token.Register(over.SetResult);
        Task first = Task.WhenAny(task, over.Task);
        await first.WaitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Cut()
    {
        try
        {
            foreach (var export in _cut())
            {
                foreach (var destination in _destinations)
                {
                    destination.Add(export);
                }
            }
        }
        catch (Exception exception)
        {
            Interlocked.Increment(ref _cutFailures);
            ExportLog.CutFailed(_logger, $"{exception.GetType().Name}: {exception.Message}");
        }
    }
}
