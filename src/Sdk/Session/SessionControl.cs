using SelfProfiler.Diagnostics;

namespace SelfProfiler.Session;

/// <summary>What the slots do with the runtime and the pump: start, stop, tell. Belongs to the control thread, except <see cref="BringForward"/>.</summary>
internal sealed class SessionControl(Pump pump, SupervisorOptions options, WakeEvent wake)
{
    private readonly DrainedRundown _rundown = new();
    private DiagnosticIpc? _ipc;
    private Deadline? _current; // read by whoever stops the supervisor
    private long _latest = long.MaxValue; // when everything has to be over
    private bool _finalNotified;
    private long _seenTurn;
    private long _seenSince;
    private long _noticeErrors;

    /// <summary>Whether the runtime filters by event id; known after the first start.</summary>
    public bool FiltersEvents => _ipc?.FiltersEvents == true;

    public long NoticeErrors => Volatile.Read(ref _noticeErrors);

    /// <summary>The pump has not turned for longer than it ever should: nothing must wait for it.</summary>
    public bool PumpHangs { get; private set; }

    public bool IsStopping => Volatile.Read(ref _latest) != long.MaxValue;

    public Deadline StopDeadline() => NewDeadline(options.StopDeadline);

    public double NextRandom() => options.Random();

    public void Open(DiagnosticSocket socket) => _ipc = new DiagnosticIpc(socket);

    /// <summary>Everything has to be over by then; also what is under way.</summary>
    public void BringForward(long moment)
    {
        Volatile.Write(ref _latest, Math.Min(Volatile.Read(ref _latest), moment));
        Volatile.Read(ref _current)?.Shorten(moment);
    }

    /// <summary>True once, when the pump begins to hang: the same turn was seen for too long, by this thread's own looks at it.</summary>
    public bool FindPumpHanging(long now)
    {
        long turn = pump.LastTurn;
        if (turn != _seenTurn || turn == long.MaxValue)
        {
            _seenTurn = turn;
            _seenSince = now;
        }

        bool hung = PumpHangs;
        PumpHangs = now - _seenSince > (long)options.LongestPumpTurn.TotalNanoseconds;
        return PumpHangs && !hung;
    }

    /// <summary>Ends a rundown that hangs inside the kernel. Any thread.</summary>
    public void AbortRundown() => _rundown.Abort();

    /// <param name="definition">What to ask for.</param>
    /// <param name="failure">Why it does not run.</param>
    /// <param name="before">A session to be continued by the new one, event for event: it is stopped when the new one runs, and read to its end before the new one's first byte.</param>
    public LiveSession? Start(SessionDefinition definition, out SessionFailure? failure, LiveSession? before = null)
    {
        if (MakeReader(definition.Kind, out failure) is not { } reader)
        {
            return null;
        }

        var answer = _ipc!.Start(definition, NewDeadline(options.StartDeadline));
        failure = answer.Failure;
        if (failure is not null)
        {
            Discard(reader);
            return null;
        }

        if (before is not null)
        {
            Hand(before, reader);
        }

        var live = new LiveSession(answer.Session, answer.Descriptor, reader, wake, Clock.Now);
        if (!pump.Attach(answer.Descriptor, live))
        {
            _ = Posix.Close(answer.Descriptor);
            Discard(reader);
            failure = new SessionFailure(FailureReason.PumpFull, "The profiler's reading thread is overloaded or has ended.");
            return null;
        }

        return live;
    }

    /// <summary>Stops while the pump reads on. Whatever happens, the stream is closed afterwards.</summary>
    public SessionFailure? Stop(LiveSession live, Deadline deadline)
    {
        long moment = Clock.Now;
        _ = pump.Post(() => live.Reader.StopsAt(moment), vital: true);
        var failure = _ipc!.Stop(live.Id, deadline);
        while (failure is null && live.Closed is null && !deadline.HasPassed)
        {
            wake.WaitUntil(deadline.Moment);
        }

        wake.Set(); // It may have been set for another reason: the loop looks again.

        if (live.Closed is null)
        {
            failure ??= new SessionFailure(FailureReason.TimedOut, "The end of its stream did not arrive.");
            live.ShutDown(); // At once, even if the pump is what hangs.
            _ = pump.Detach(live);
        }

        return failure;
    }

    /// <summary>Stops a session whose stream is closed already.</summary>
    public void StopUnread(LiveSession live) => _ = _ipc!.Stop(live.Id, StopDeadline());

    /// <summary>Lists what exists: start, stop, read in one system call, then let the pump have it piece by piece.</summary>
    public SessionFailure? RunRundown(out long bytes)
    {
        bytes = 0;
        if (MakeReader(SessionKind.Rundown, out var unreadable) is not { } reader)
        {
            return unreadable;
        }

        var answer = _ipc!.Start(SessionDefinition.Rundown, NewDeadline(options.StartDeadline));
        if (answer.Failure is not null)
        {
            Discard(reader);
            return answer.Failure;
        }

        var deadline = NewDeadline(options.RundownDeadline);
        var failure = _rundown.Read(_ipc, answer, deadline);
        bytes = _rundown.Bytes;
        _rundown.HandOver(pump, reader, failure is null);
        return failure;
    }

    public void Notify(SessionNotice notice)
    {
        try
        {
            options.Notice?.Invoke(notice);
        }
        catch (Exception)
        {
            // The log failed: there is nobody left to tell, but the count shows.
            Volatile.Write(ref _noticeErrors, _noticeErrors + 1);
        }
    }

    public void NotifyFailure(SessionKind kind, SessionFailure failure, TimeSpan? retry)
    {
        if (!failure.IsFinal)
        {
            string follows = retry is { } delay ? $"trying again in {delay.TotalSeconds:0} s" : "it stays off";
            Notify(new SessionNotice(true, $"The session {kind} failed, {follows}. {failure.Sentence}"));
        }
        else if (!_finalNotified)
        {
            // The same for every session: said once.
            _finalNotified = true;
            Notify(new SessionNotice(true, failure.Sentence));
        }
    }

    public void NotifyWindow(TickWindow window)
    {
        try
        {
            options.TickWindow?.Invoke(window);
        }
        catch (Exception e)
        {
            Notify(new SessionNotice(true, "A window of ticks was not accounted for.", e));
        }
    }

    private PumpSource? MakeReader(SessionKind kind, out SessionFailure? failure)
    {
        try
        {
            failure = null;
            return options.Source(kind);
        }
        catch (Exception e)
        {
            failure = new SessionFailure(FailureReason.ReaderFailed, $"The reader of the session {kind} could not be made: {e.Message}");
            return null;
        }
    }

    private void Hand(LiveSession before, PumpSource reader)
    {
        // Both sessions run: each event is in both, and the moment tells whose it is.
        long moment = Clock.Now;
        _ = pump.Post(() => before.Reader.EndAt(moment), vital: true);
        if (Stop(before, StopDeadline()) is { } failure)
        {
            Notify(new SessionNotice(true, $"A session that another one continues did not stop as it should; its stream was closed instead. {failure.Sentence}"));
        }

        _ = pump.Post(() => reader.ContinueFrom(before.Reader, moment), vital: true);
    }

    // A reader may have been announced to others when it was made: it is closed even if nothing ever came.
    private void Discard(PumpSource reader) => _ = pump.Post(() => reader.OnClosed(PumpClose.Detached), vital: true);

    private Deadline NewDeadline(TimeSpan span)
    {
        var deadline = new Deadline(span);
        Volatile.Write(ref _current, deadline);
        Interlocked.MemoryBarrier();
        deadline.Shorten(Volatile.Read(ref _latest));
        return deadline;
    }
}
