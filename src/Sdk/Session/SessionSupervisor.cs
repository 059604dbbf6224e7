using SelfProfiler.Diagnostics;

namespace SelfProfiler.Session;

/// <summary>Keeps the wanted sessions running: one thread that starts, stops and restarts them, each call with a deadline, while the pump reads.</summary>
internal sealed class SessionSupervisor : IDisposable
{
    private static readonly SessionKind[] _kinds = [SessionKind.Methods, SessionKind.Gc, SessionKind.Contention, SessionKind.Waits];

    private readonly SupervisorOptions _options;
    private readonly long _pumpCheck;
    private readonly WakeEvent _wake = new();
    private readonly SessionControl _control;
    private readonly SessionSlot[] _slots;
    private readonly SessionSlot _rundown;
    private readonly Thread _thread;
    private readonly bool[] _wanted = new bool[(int)SessionKind.Trace + 1]; // any thread, one bool each
    private readonly SessionDefinition?[] _redefined = new SessionDefinition?[(int)SessionKind.Trace + 1]; // any thread
    private readonly bool[] _worn = new bool[(int)SessionKind.Trace + 1]; // any thread
    private readonly SessionFailure?[] _barred = new SessionFailure?[(int)SessionKind.Trace + 1]; // any thread
    private volatile bool _rundownWanted;
    private volatile string? _leftBehind;
    private volatile int _threadId;

    public SessionSupervisor(Pump pump, SupervisorOptions options)
    {
        _options = options;
        _pumpCheck = (long)options.LongestPumpTurn.TotalNanoseconds / 3;
        _control = new SessionControl(pump, options, _wake);
        _slots = [.. _kinds.Select(kind => new SessionSlot(_control, SessionDefinition.For(kind)))];
        _rundown = new SessionSlot(_control, SessionDefinition.Rundown);
        Ticks = new TickSession(_control, _wake, options.LongestTickSilence);
        _rundownWanted = options.StartupRundown;
        _thread = new Thread(Run) { IsBackground = true, Name = "SelfProfiler control" };
    }

    public TickSession Ticks { get; }

    /// <summary>The operating system's id of the thread; 0 until it runs.</summary>
    public int ThreadId => _threadId;

    /// <summary>Whether the runtime filters by event id; known after the first start.</summary>
    public bool FiltersEvents => _control.FiltersEvents;

    /// <summary>Notices of which whoever should hear of them would not.</summary>
    public long LostNotices => _control.NoticeErrors;

    public int Rundowns => _rundown.Status.Starts;

    /// <summary>How often listening to methods began; what came between is known from lists only. Any thread.</summary>
    public int MethodStarts => _slots[0].Status is var status ? status.Starts - status.Renewals : 0;

    /// <summary>Returns at once; everything else happens on the control thread.</summary>
    public void Start() => _thread.UnsafeStart();

    /// <summary>Switches a session on or off; it follows as soon as possible. Switching off and on again revives one that gave up. Any thread.</summary>
    public void Want(SessionKind kind, bool wanted)
    {
        Volatile.Write(ref _wanted[(int)kind], wanted);
        _wake.Set();
    }

    /// <summary>Another definition of a session, which continues it when it runs: allocation ticks instead of samples, for example. Any thread.</summary>
    public void Redefine(SessionDefinition definition)
    {
        Volatile.Write(ref _redefined[(int)definition.Kind], definition);
        _wake.Set();
    }

    /// <summary>Starts a session anew without a gap, if it runs and has run for a while. Any thread.</summary>
    public void Renew(SessionKind kind)
    {
        Volatile.Write(ref _worn[(int)kind], true);
        _wake.Set();
    }

    /// <summary>Switches a session off for the rest of the process, whoever wants it. Any thread.</summary>
    public void Bar(SessionKind kind, SessionFailure reason)
    {
        _ = Interlocked.CompareExchange(ref _barred[(int)kind], reason, null);
        _wake.Set();
    }

    /// <summary>Lists what exists once more. The caller limits how often. Any thread.</summary>
    public void RequestRundown()
    {
        _rundownWanted = true;
        _wake.Set();
    }

    /// <summary>All sessions, in the order of <see cref="SessionKind"/>. Any thread.</summary>
    public SessionStatus[] Status() =>
        [_slots[0].Status, _rundown.Status, _slots[1].Status, _slots[2].Status, _slots[3].Status, Ticks.Status];

    /// <summary>
    /// Ends every stream from our side, at once and without asking the runtime. At the end of the process the runtime writes what is
    /// left into the streams and would wait for ever for a reader that is gone. Any thread.
    /// </summary>
    public void CloseStreams()
    {
        _control.AbortRundown();
        Ticks.ShutDownStream();
        foreach (var slot in _slots)
        {
            slot.Live?.ShutDown();
        }
    }

    /// <summary>Stops every session and the thread. To be called before the process ends, see <see cref="CloseStreams"/>. Null: nothing is left behind; otherwise a sentence that says what is.</summary>
    public string? Stop(TimeSpan deadline)
    {
        if ((_thread.ThreadState & ThreadState.Unstarted) != 0)
        {
            _wake.Dispose();
            return null;
        }

        // The last part of the time is for closing streams when the runtime does not answer.
        _control.BringForward(Clock.Now + (long)(deadline.TotalNanoseconds * 0.7));
        _wake.Set();
        if (!_thread.Join(deadline * 0.8))
        {
            CloseStreams();
            if (!_thread.Join(deadline * 0.2))
            {
                return "The profiler's control thread did not end in time: the runtime does not answer. It ends with the process.";
            }
        }

        _wake.Dispose(); // the only one who waits for it has ended; setting it does nothing from now on
        return _leftBehind;
    }

    public void Dispose() => Stop(TimeSpan.FromSeconds(5));

    private void Run()
    {
        _threadId = Math.Max(0, Libc.ThreadId());
        try
        {
            WarmUp.Run();
            _options.WarmUp?.Invoke();
        }
        catch (Exception e)
        {
            _control.Notify(new SessionNotice(true, "The profiler could not be prepared completely; it goes on.", e));
        }

        Ticks.ReadSetting(InitialEnvironment.Read());
        _control.Open(_options.Socket ?? DiagnosticSocket.OfThisProcess());
        while (!_control.IsStopping)
        {
            long next = long.MaxValue;
            try
            {
                next = Step();
            }
            catch (Exception e)
            {
                _control.Notify(new SessionNotice(true, "A step of the session supervisor failed; it goes on.", e));
                next = Clock.Now + 1_000_000_000;
            }

            if (!_control.IsStopping)
            {
                _wake.WaitUntil(next);
            }
        }

        StopAll();
    }

    private long Step()
    {
        CheckPump();
        long next = Clock.Now + _pumpCheck;
        for (int i = 0; i < _slots.Length && !_control.IsStopping; i++)
        {
            int kind = (int)_kinds[i];
            if (Interlocked.Exchange(ref _redefined[kind], null) is { } definition)
            {
                _slots[i].Redefine(definition, Volatile.Read(ref _wanted[kind]));
            }

            _slots[i].Barred = Volatile.Read(ref _barred[kind]);
            _slots[i].Step(Volatile.Read(ref _wanted[kind]), Clock.Now);
            if (Interlocked.Exchange(ref _worn[kind], false))
            {
                _slots[i].Renew(Clock.Now);
            }

            next = Math.Min(next, _slots[i].NextStep);
            if (i == 0)
            {
                // Right after the session that tells of new methods, so that none is missed between the two.
                next = Math.Min(next, StepRundown());
            }
        }

        if (!_control.IsStopping)
        {
            Ticks.Step(Volatile.Read(ref _wanted[(int)SessionKind.Ticks]), Clock.Now);
        }

        return Math.Min(next, Ticks.NextStep);
    }

    private void CheckPump()
    {
        if (_control.FindPumpHanging(Clock.Now))
        {
            foreach (var slot in _slots)
            {
                slot.Abandon();
            }

            Ticks.Abandon();
            _control.Notify(new SessionNotice(true, "The profiler's reading thread hangs: all sessions were ended, nothing is profiled until it comes back. Please report this."));
        }
    }

    private long StepRundown()
    {
        bool wanted = Volatile.Read(ref _wanted[(int)SessionKind.Methods]);
        if (wanted)
        {
            _rundown.ReviveAfter(_options.RundownRest, Clock.Now);
        }
        else
        {
            _rundown.Step(wanted: false, Clock.Now); // off and on again is a new start for it, too
        }

        if (!wanted || !_rundownWanted || !_rundown.CanTry || _control.IsStopping)
        {
            return long.MaxValue;
        }

        if (Clock.Now < _rundown.NextTry)
        {
            return _rundown.NextTry;
        }

        _rundownWanted = false;
        if (!_rundown.RunOnce())
        {
            _rundownWanted = true;
            return _rundown.NextTry;
        }

        return long.MaxValue;
    }

    private void StopAll()
    {
        bool clean = true;
        try
        {
            clean &= Ticks.Stop(_control.StopDeadline());
            foreach (var slot in _slots)
            {
                clean &= slot.StopIfRunning(_control.StopDeadline());
            }
        }
        catch (Exception e)
        {
            clean = false;
            _control.Notify(new SessionNotice(true, "The sessions could not be stopped in order.", e));
        }

        _leftBehind = clean ? null : "The runtime did not confirm that every session ended; their streams were closed, and it ends them when it next writes.";
    }
}
