namespace SelfProfiler.Aggregate;

/// <summary>A window somebody waits for: opened and sealed by the pump, awaited by whoever asked.</summary>
internal sealed class CaptureTicket(int kinds)
{
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

    /// <summary>Runs nobody's code on the calling thread.</summary>
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
}
