using SelfProfiler.Diagnostics;

namespace SelfProfiler.Session;

/// <summary>Collects ticks in windows, or all the time where the runtime ticks rarely enough. Belongs to the control thread, except where it says so.</summary>
internal sealed class TickSession
{
    private const long Second = 1_000_000_000;
    private const long LongestWindow = Second;
    private const long LongestAssumedInterval = 16_000_000;

    private readonly SessionControl _control;
    private readonly SessionSlot _slot;
    private readonly WakeEvent _wake;
    private readonly TickCounter _counter = new();
    private double _allowedRate; // any thread
    private long _requested; // length of a window asked for (ns); any thread
    private long _assumedInterval;
    private long _nextWindow;
    private long _pieceStart;
    private long _ticksBefore;
    private long _windows;
    private int _mode;

    public TickSession(SessionControl control, WakeEvent wake, TimeSpan longestSilence)
    {
        _control = control;
        _wake = wake;
        _slot = new SessionSlot(control, SessionDefinition.Ticks) { LongestSilence = longestSilence };
        _assumedInterval = TickSchedule.AssumedInterval;
    }

    public SessionStatus Status => _slot.Status;

    /// <summary>Any thread.</summary>
    public TickMode Mode => (TickMode)Volatile.Read(ref _mode);

    /// <summary>Windows so far, pieces of an always-on session included. Any thread.</summary>
    public long Windows => Volatile.Read(ref _windows);

    /// <summary>Measured time between two ticks (ns); 0 while nothing was measured. Any thread.</summary>
    public long Interval => _counter.Interval;

    /// <summary>Ticks so far. Any thread.</summary>
    public long Ticks => _counter.Ticks;

    /// <summary>When <see cref="Step"/> wants to be called again.</summary>
    public long NextStep { get; private set; } = long.MaxValue;

    /// <summary>For the decoder, on the pump: a sample of a tick, in the order of the stream. True: it is the first of a new tick.</summary>
    public bool Observe(long timestamp) => _counter.Observe(timestamp);

    /// <summary>Ticks per second that the budget allows. Any thread.</summary>
    public void SetAllowedRate(double ticksPerSecond)
    {
        Volatile.Write(ref _allowedRate, ticksPerSecond);
        _wake.Set();
    }

    /// <summary>A window as soon as possible, whatever the schedule says: one tick for a list of threads, more for a capture. Reported like every other. Any thread.</summary>
    public void RunWindowNow(TimeSpan length)
    {
        long wanted = Math.Clamp((long)length.TotalNanoseconds, 1, LongestWindow);
        long before;
        do
        {
            before = Volatile.Read(ref _requested);
        }
        while (before < wanted && Interlocked.CompareExchange(ref _requested, wanted, before) != before);
        _wake.Set();
    }

    /// <summary>What the process was started with tells the first window how long it must be; it is measured all the same.</summary>
    public void ReadSetting(InitialEnvironment environment) =>
        _assumedInterval = TickSchedule.ParseInterval(environment.Get("DOTNET_EventPipeThreadSamplingRate"));

    public void Step(bool wanted, long now)
    {
        NextStep = long.MaxValue;
        _slot.CheckAlive(now);
        long interval = _counter.Interval is > 0 and var measured ? measured : _assumedInterval;
        var plan = TickSchedule.Next(wanted ? Volatile.Read(ref _allowedRate) : 0, interval, _control.NextRandom());
        Volatile.Write(ref _mode, (int)plan.Mode);
        if (plan.Mode == TickMode.Always)
        {
            StepAlways(now);
            return;
        }

        if (_slot.Live is not null)
        {
            ClosePiece();
            _slot.StopIfRunning(_control.StopDeadline());
        }

        if (Interlocked.Exchange(ref _requested, 0) is > 0 and var length)
        {
            RunWindow(Math.Max(length, interval * 3 / 2));
        }
        else if (plan.Mode == TickMode.Windows && now >= _nextWindow)
        {
            if (_slot.CanTry && now >= _slot.NextTry)
            {
                RunWindow(plan.Length);
            }

            _nextWindow = Clock.Now + plan.Pause;
        }

        if (plan.Mode == TickMode.Windows)
        {
            NextStep = _nextWindow;
        }
        else if (!wanted && _slot.Status.State == SessionState.Failed)
        {
            _slot.Step(false, now);
        }
    }

    /// <summary>Any thread.</summary>
    public void ShutDownStream() => _slot.Live?.ShutDown();

    public void Abandon() => _slot.Abandon();

    public bool Stop(Deadline deadline)
    {
        ClosePiece();
        return _slot.StopIfRunning(deadline);
    }

    private void RunWindow(long length)
    {
        _counter.StartStream(); // No stream is open: the counter is ours for a moment.
        if (!_slot.TryStart())
        {
            return;
        }

        var live = _slot.Live!;
        long start = live.Started;
        long ticksBefore = _counter.Ticks;
        long end = start + Math.Min(length, LongestWindow);
        while (Clock.Now < end && live.Closed is null && !_control.IsStopping)
        {
            _wake.WaitUntil(end);
        }

        end = Clock.Now;
        _slot.StopIfRunning(_control.StopDeadline());
        if (live.Reader.Broken is { } why)
        {
            _slot.Fail(new SessionFailure(FailureReason.ReaderFailed, why)); // most of a window is read after its end
        }

        long ticks = _counter.Ticks - ticksBefore;
        if (ticks < 2 && _counter.Interval == 0 && _assumedInterval < LongestAssumedInterval)
        {
            _assumedInterval *= 2; // Too short to measure: the runtime ticks more rarely than thought.
        }

        Report(start, end, ticks, TickMode.Windows);
    }

    private void StepAlways(long now)
    {
        if (_slot.Live is null)
        {
            _counter.StartStream();
            _slot.Step(true, now);
            _pieceStart = now;
            _ticksBefore = _counter.Ticks;
            NextStep = _slot.NextStep;
        }
        else if (now - _pieceStart >= Second || Interlocked.Exchange(ref _requested, 0) > 0)
        {
            ClosePiece();
        }

        if (_slot.Live is not null)
        {
            NextStep = Math.Min(NextStep, _pieceStart + Second);
        }
    }

    private void ClosePiece()
    {
        if (_slot.Live is not null)
        {
            long now = Clock.Now;
            long ticks = _counter.Ticks;
            Report(_pieceStart, now, ticks - _ticksBefore, TickMode.Always);
            _pieceStart = now;
            _ticksBefore = ticks;
        }
    }

    private void Report(long start, long end, long ticks, TickMode mode)
    {
        Volatile.Write(ref _windows, _windows + 1);
        _control.NotifyWindow(new TickWindow(_windows, start, end, ticks, mode));
    }
}
