using SelfProfiler.Diagnostics;

namespace SelfProfiler.Session;

/// <summary>One session's life: starts, stops, restarts after failures, and what the status shows of it. Belongs to the control thread.</summary>
internal sealed class SessionSlot
{
    /// <summary>Between two renewals: each costs about a millisecond of CPU.</summary>
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMilliseconds(500);

    private readonly SessionControl _control;
    private readonly RestartPolicy _policy = new();
    private SessionStatus _status; // published for any reader
    private LiveSession? _live;
    private long _bytesBefore;
    private long _renewNotBefore;
    private Action? _unsaid; // a notice that waits for the next try

    public SessionSlot(SessionControl control, SessionDefinition definition)
    {
        _control = control;
        Definition = definition;
        _status = new SessionStatus(definition.Kind, SessionState.Off, null, Clock.Now, 0, 0, 0, 0);
    }

    public SessionDefinition Definition { get; set; }

    /// <summary>Why it stays off, whoever wants it; null: it need not.</summary>
    public SessionFailure? Barred { get; set; }

    /// <summary>Longest silence that is normal; longer means the session is dead although its stream is open.</summary>
    public TimeSpan? LongestSilence { get; init; }

    /// <summary>Any thread.</summary>
    public LiveSession? Live => Volatile.Read(ref _live);

    public bool CanTry => !_control.PumpHangs && !_policy.GaveUp && _status.Failure?.IsFinal != true;

    /// <summary>Not before this moment.</summary>
    public long NextTry { get; private set; }

    /// <summary>When <see cref="Step"/> wants to be called again even if nothing happens.</summary>
    public long NextStep { get; private set; } = long.MaxValue;

    public SessionStatus Status
    {
        get
        {
            var status = Volatile.Read(ref _status);
            return status with { Bytes = Volatile.Read(ref _bytesBefore) + (Volatile.Read(ref _live)?.Bytes ?? 0) };
        }
    }

    /// <summary>Brings the session to the wanted state, as far as possible now.</summary>
    public void Step(bool wanted, long now)
    {
        NextStep = long.MaxValue;
        CheckAlive(now);
        if (Barred is not null)
        {
            if (_status.Failure != Barred)
            {
                StopIfRunning(_control.StopDeadline());
                Set(SessionState.Failed, Barred);
                _control.Notify(new SessionNotice(true, Barred.Sentence));
            }

            return;
        }

        if (!wanted)
        {
            StopIfRunning(_control.StopDeadline());
            if (_status.State != SessionState.Off)
            {
                Set(SessionState.Off, null);
                _policy.Reset();
                NextTry = 0;
            }

            return;
        }

        if (_live is null && CanTry)
        {
            if (now >= NextTry)
            {
                _ = TryStart();
            }
            else
            {
                NextStep = NextTry;
            }
        }

        if (_live is { } live && LongestSilence is { } silence)
        {
            NextStep = Math.Min(NextStep, live.LastBytes + (long)silence.TotalNanoseconds);
        }
    }

    /// <summary>Forgets that it gave up, once that is so long ago: for what nobody switches off and on.</summary>
    public void ReviveAfter(TimeSpan rest, long now)
    {
        if (_policy.GaveUp && now - _status.Since >= (long)rest.TotalNanoseconds)
        {
            Step(wanted: false, now);
        }
    }

    public bool TryStart()
    {
        _unsaid?.Invoke();
        _unsaid = null;
        if (_status.State != SessionState.Starting)
        {
            Set(SessionState.Starting, _status.Failure);
        }

        var live = _control.Start(Definition, out var failure);
        if (live is null)
        {
            Fail(failure!);
            return false;
        }

        Volatile.Write(ref _live, live);
        Volatile.Write(ref _status, _status with { Starts = _status.Starts + 1 });
        Set(SessionState.Running, null);
        return true;
    }

    /// <summary>The whole life of a session that lists what exists: start, stop, read.</summary>
    public bool RunOnce()
    {
        Set(SessionState.Running, _status.Failure);
        var failure = _control.RunRundown(out long bytes);
        Volatile.Write(ref _bytesBefore, _bytesBefore + bytes);
        if (failure is not null)
        {
            Fail(failure);
            return false;
        }

        Volatile.Write(ref _status, _status with { Starts = _status.Starts + 1, Stops = _status.Stops + 1 });
        Set(SessionState.Off, null);
        return true;
    }

    /// <summary>Starts a running session anew without losing an event, so that the runtime lets go of what it keeps for it.</summary>
    public void Renew(long now)
    {
        if (_live is not { } old || now < _renewNotBefore)
        {
            return;
        }

        _renewNotBefore = now + (long)ShortestLife.TotalNanoseconds;
        if (Replace(old))
        {
            Volatile.Write(ref _status, _status with { Renewals = _status.Renewals + 1 });
        }
    }

    /// <summary>Asks for something else from now on; a running session goes over into the new one without a gap, where there is room for both.</summary>
    public void Redefine(SessionDefinition definition, bool wanted)
    {
        Definition = definition;
        if (wanted && _live is { } old && !Replace(old))
        {
            _ = StopIfRunning(_control.StopDeadline()); // the next step starts it
        }
    }

    // False: there is no room for another, the old one goes on.
    private bool Replace(LiveSession old)
    {
        var live = _control.Start(Definition, out _, old);
        if (live is null && old.Closed is null)
        {
            return false;
        }

        Volatile.Write(ref _bytesBefore, _bytesBefore + old.Bytes);
        Volatile.Write(ref _live, live);
        Volatile.Write(ref _status, _status with { Starts = _status.Starts + (live is null ? 0 : 1), Stops = _status.Stops + 1 });
        return true;
    }

    /// <summary>True unless the runtime did not answer; the stream is closed in any case.</summary>
    public bool StopIfRunning(Deadline deadline)
    {
        if (_live is not { } live)
        {
            return true;
        }

        var failure = _control.Stop(live, deadline);
        Volatile.Write(ref _bytesBefore, _bytesBefore + live.Bytes);
        Volatile.Write(ref _live, null);
        Volatile.Write(ref _status, _status with { Stops = _status.Stops + 1 });
        Set(SessionState.Off, failure);
        if (failure is not null)
        {
            _control.Notify(new SessionNotice(true, $"The session {Definition.Kind} did not stop as it should; its stream was closed instead. {failure.Sentence}"));
        }

        return failure is null;
    }

    /// <summary>Notes a failure and decides when to try again.</summary>
    public void Fail(SessionFailure failure)
    {
        var delay = failure.IsFinal ? null : _policy.OnFailure(Clock.Now, _control.NextRandom());
        Volatile.Write(ref _status, _status with { Failures = _status.Failures + 1 });
        Set(delay is null ? SessionState.Failed : SessionState.Starting, failure);
        NextTry = delay is { } d ? Clock.Now + (long)d.TotalNanoseconds : long.MaxValue;
        NextStep = NextTry;
        if (failure.Reason == FailureReason.StreamEnded && delay is not null)
        {
            // At the end of the process the runtime ends all sessions before anybody is told that it ends: no reason for a
            // line in the log. If the process goes on, it is said with the next try.
            _unsaid = () => _control.NotifyFailure(Definition.Kind, failure, TimeSpan.Zero);
        }
        else
        {
            _control.NotifyFailure(Definition.Kind, failure, delay);
        }
    }

    /// <summary>Gives up a session whose reader hangs, so that the runtime never waits for it.</summary>
    public void Abandon()
    {
        if (_live is { } live)
        {
            live.ShutDown();
            Volatile.Write(ref _bytesBefore, _bytesBefore + live.Bytes);
            Volatile.Write(ref _live, null);
            Set(SessionState.Failed, new SessionFailure(FailureReason.ReaderFailed, "The profiler's reading thread hangs; its sessions were ended."));
        }
    }

    /// <summary>Finds a session that ended or fell silent by itself.</summary>
    public void CheckAlive(long now)
    {
        if (_live is not { } live)
        {
            return;
        }

        if (live.Closed is { } reason)
        {
            Volatile.Write(ref _bytesBefore, _bytesBefore + live.Bytes);
            Volatile.Write(ref _live, null);
            if (reason == PumpClose.Faulted)
            {
                // The runtime still thinks that it runs; its writer ends when it finds the stream closed.
                _control.StopUnread(live);
            }

            Fail(live.Reader.Broken is { } why ? new SessionFailure(FailureReason.ReaderFailed, why) : Explain(reason));
        }
        else if (LongestSilence is { } silence && now - live.LastBytes > (long)silence.TotalNanoseconds)
        {
            _ = StopIfRunning(_control.StopDeadline());
            Fail(new SessionFailure(FailureReason.Stalled, $"Nothing arrived from the session {Definition.Kind} for {silence.TotalSeconds:0} s."));
        }
    }

    private SessionFailure Explain(PumpClose reason) => reason switch
    {
        PumpClose.Faulted => new(FailureReason.ReaderFailed, $"The reader of the session {Definition.Kind} failed again and again."),
        _ => new(FailureReason.StreamEnded, $"The runtime ended the session {Definition.Kind} by itself, or another diagnostic tool did."),
    };

    private void Set(SessionState state, SessionFailure? failure) =>
        Volatile.Write(ref _status, _status with { State = state, Failure = failure, Since = Clock.Now });
}
