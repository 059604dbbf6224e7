using SelfProfiler.Diagnostics;

namespace SelfProfiler.Session;

/// <summary>One <c>.nettrace</c> while it is made: a thread of its own starts a session, receives its stream and stops it; whoever asked writes the bytes on.</summary>
/// <remarks>
/// The stop is read like a rundown (<see cref="DrainedRundown"/>): in one system call, into memory, so that neither this thread nor
/// a slow client can make the runtime wait while it holds its locks.
/// </remarks>
internal sealed class TraceRecording
{
    private const int SliceMilliseconds = 50;

    /// <summary>So long a client may take for one block before it is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CommandDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RundownDeadline = TimeSpan.FromSeconds(30);

    private readonly Func<DiagnosticSocket> _socket;
    private readonly Deadline _end;
    private readonly TraceCounters _counters;
    private readonly long _maxBytes;
    private readonly DrainedRundown _rundown = new();
    private readonly TraceBlocks _blocks = new(Limits.TraceBlocks);
    private readonly Thread _thread;
    private volatile bool _aborted;
    private long _rundownMilliseconds = (long)RundownDeadline.TotalMilliseconds;

    public TraceRecording(Func<DiagnosticSocket> socket, TimeSpan duration, TraceCounters counters, long maxBytes = Limits.TraceBytes)
    {
        _counters = counters;
        _socket = socket;
        _end = new Deadline(duration);
        _maxBytes = maxBytes;
        _thread = new Thread(Run) { IsBackground = true, Name = ThreadNames.OwnPrefix + " trace" };
    }

    public void Start() => _thread.UnsafeStart();

    /// <summary>The session has ended and nothing of it is left.</summary>
    public bool IsOver => !_thread.IsAlive;

    /// <summary>Ends it early; what was recorded is completed and delivered. Any thread.</summary>
    /// <param name="patience">How long the list of methods may take; without it the trace is cut.</param>
    public void End(TimeSpan? patience = null)
    {
        _rundownMilliseconds = (long)(patience ?? RundownDeadline).TotalMilliseconds;
        _end.Shorten(0);
    }

    /// <summary>Ends it at once; the stream is closed from our side. Any thread.</summary>
    public void Abort()
    {
        _aborted = true;
        End();
        _rundown.Abort();
    }

    public bool Join(TimeSpan deadline) => _thread.Join(deadline);

    /// <summary>Writes the trace while it is recorded, blocking; the thread pool is not used.</summary>
    /// <exception cref="InvalidOperationException">It could not be recorded, or not completely; the message says why.</exception>
    public void CopyTo(Stream target, CancellationToken cancellationToken)
    {
        try
        {
            while (_blocks.Next(cancellationToken) is { } block)
            {
                target.Write(block.Bytes, 0, block.Length);
                _blocks.Return(block.Bytes);
            }
        }
        finally
        {
            Abort(); // Changes nothing when it has ended by itself.
        }
    }

    public async Task CopyToAsync(Stream target, CancellationToken cancellationToken)
    {
        try
        {
            while (await _blocks.NextAsync(cancellationToken).ConfigureAwait(false) is { } block)
            {
                await target.WriteAsync(block.Bytes.AsMemory(0, block.Length), cancellationToken).ConfigureAwait(false);
                _blocks.Return(block.Bytes);
            }
        }
        finally
        {
            Abort();
        }
    }

    private void Run()
    {
        Exception? failure;
        try
        {
            failure = Record() is { } reason ? new InvalidOperationException(reason.Sentence) : null;
        }
        catch (Exception exception)
        {
            failure = new InvalidOperationException("The trace could not be recorded: " + exception.Message, exception);
        }

        _blocks.Complete(failure);
    }

    private SessionFailure? Record()
    {
        var ipc = new DiagnosticIpc(_socket());
        var answer = ipc.Start(SessionDefinition.Trace, new Deadline(CommandDeadline));
        if (answer.Failure is not null)
        {
            return answer.Failure;
        }

        bool open = Receive(answer.Descriptor);
        if (_aborted || !open)
        {
            // The runtime must not wait for a reader while it stops.
            Posix.Shutdown(answer.Descriptor);
            _ = Posix.Close(answer.Descriptor);
            _ = ipc.Stop(answer.Session, new Deadline(CommandDeadline));
            return Cut();
        }

        var failure = _rundown.Read(ipc, answer, new Deadline(TimeSpan.FromMilliseconds(Volatile.Read(ref _rundownMilliseconds))));
        bool given = true;
        _rundown.GiveTo(bytes => given = Give(bytes));
        return failure ?? (given ? null : Cut());
    }

    private static SessionFailure Cut() => new(FailureReason.StreamEnded, "The trace was cut: its client went away or read too slowly, or the runtime ended the session.");

    /// <summary>Until the time is over, the size reached or the client gone. While nobody takes blocks nothing is read: the runtime drops what it cannot keep, and says so in the stream.</summary>
    /// <returns>Whether the stream is still open.</returns>
    private bool Receive(int descriptor)
    {
        bool slow = false;
        long received = 0;
        while (!_aborted && !_end.HasPassed && received < _maxBytes)
        {
            int wait = (int)Math.Clamp(_end.Left.TotalMilliseconds + 1, 1, SliceMilliseconds);
            if (!Posix.WaitReadable(descriptor, wait))
            {
                continue;
            }

            if (_blocks.TryRent(TimeSpan.FromMilliseconds(wait)) is not { } block)
            {
                NoteSlow(ref slow);
                continue;
            }

            nint length = Posix.ReceiveNow(descriptor, block);
            bool ended = length == 0 || (length < 0 && Posix.Error is not (Posix.TryAgain or Posix.Interrupted));
            _blocks.Put(block, (int)Math.Max(0, length));
            received += Math.Max(0, length);
            if (ended)
            {
                return false;
            }
        }

        if (received >= _maxBytes)
        {
            _counters.AddFull();
        }

        return true;
    }

    /// <summary>Once for each trace.</summary>
    private void NoteSlow(ref bool slow)
    {
        if (!slow)
        {
            slow = true;
            _counters.AddSlow();
        }
    }

    private bool Give(ReadOnlySpan<byte> bytes)
    {
        var patience = new Deadline(Patience);
        while (!_aborted && !patience.HasPassed)
        {
            if (_blocks.TryRent(TimeSpan.FromMilliseconds(SliceMilliseconds)) is { } block)
            {
                bytes.CopyTo(block);
                _blocks.Put(block, bytes.Length);
                return true;
            }
        }

        return false;
    }
}
