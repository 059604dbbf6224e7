namespace SelfProfiler.Aggregate;

/// <summary>A window somebody waits for: opened and sealed by the pump, awaited by whoever asked.</summary>
internal sealed class CaptureTicket(int kinds)
{
    /// <summary>The engine ends, or has ended.</summary>
    public const string Ended = "The profiler of this process has stopped, or is stopping: nothing is collected any more.";

    /// <summary>The pump takes no further order.</summary>
    public const string Busy = "The profiler's thread has more orders than it keeps: try again in a moment.";

    /// <summary>An error of ours.</summary>
    public const string Failed = "What was collected could not be put together: the application's log has the error. Try again.";

    private readonly TaskCompletionSource<SealedWindow> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Bit per <see cref="ProfileKind"/>.</summary>
    public int Kinds { get; } = kinds;

    public Task<SealedWindow> Done => _done.Task;

    // Pump only.
    public ProfileWindow? Window { get; set; }

    public DateTimeOffset Start { get; set; }

    public long LostBefore { get; set; }

    /// <summary>When its first sample was noticed; 0 before.</summary>
    public long FirstSeen { get; set; }

    /// <summary>Set by the pump, taken by <see cref="Complete"/> on another thread: the pump itself never touches tasks.</summary>
    public SealedWindow? Result { get; set; }

    /// <summary>Why there will be no result; a sentence for whoever waits.</summary>
    public string Refusal { get; set; } = Failed;

    /// <summary>Cancels the task when there is no result. Runs nobody's code on the calling thread.</summary>
    public void Complete()
    {
        if (Result is { } result)
        {
            _done.TrySetResult(result);
        }
        else
        {
            _done.TrySetCanceled();
        }
    }

    /// <summary>Waits on the calling thread, without the pool.</summary>
    /// <exception cref="InvalidOperationException">There is no result; the message says why.</exception>
    /// <exception cref="OperationCanceledException">Who asked has gone away.</exception>
    public SealedWindow Wait(CancellationToken cancellationToken)
    {
        try
        {
            Done.Wait(cancellationToken);
            return Done.Result;
        }
        catch (AggregateException)
        {
            throw new InvalidOperationException(Refusal); // which a task that was cancelled cannot say
        }
    }

    /// <inheritdoc cref="Wait"/>
    public async Task<SealedWindow> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Done.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Done.IsCanceled)
        {
            throw new InvalidOperationException(Refusal);
        }
    }
}
