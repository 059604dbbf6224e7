using SelfProfiler.Aggregate;
using SelfProfiler.Diagnostics;
using SelfProfiler.History;
using SelfProfiler.Hosting;
using SelfProfiler.Labels;
using SelfProfiler.Session;
using SelfProfiler.Symbolize;

namespace SelfProfiler;

/// <summary>Everything that runs once per process: labels, sources, the pump and its pipeline. Started by the first host, stopped by the last.</summary>
internal sealed class ProfilerEngine : IDisposable
{
    /// <summary>The budget while a trace is recorded: the largest that can be configured.</summary>
    private const double TraceBudget = 0.25;

    private readonly Action<Notice> _notify;
    private readonly LabelEngine _labels;
    private readonly Pipeline _pipeline;
    private readonly Pump _pump;
    private readonly Sources _sources;
    private readonly Completer _completer;
    private readonly CaptureSet _captures;
    private readonly Boosts _boosts;
    private readonly Activation _activation;
    private readonly ProfileWindow _sinceStart;
    private readonly Symbolizer _symbolizer = new();
    private readonly long _started = Clock.Now;
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private volatile bool _stopped;

    public ProfilerEngine(EngineSettings settings, LabelEngine labels, Action<Notice> notify)
    {
        Settings = settings;
        _completer = new Completer(notify);
        // Never on the thread that has something to say: a logger may block, and the pump must not.
        _notify = notice => _completer.Post(() => notify(notice));
        _labels = labels;
        _pipeline = new Pipeline(_labels.Timeline, _labels.Requests);
        _pump = new Pump(new PumpOptions { OnTurn = OnTurn, OnError = OnPumpError });
        _sources = new Sources(Settings, _pump, _pipeline, _notify, _completer.Post);
        _boosts = new Boosts(Settings, _sources, _pipeline.Aggregator, _labels.Tracker.Routes, _notify);
        _labels.TriggerNames = _boosts.NameOf;
        _activation = new Activation(Settings.Participation(), StartSources, StopSources, _completer.Post, static () => DateTimeOffset.UtcNow, static () => Clock.Now);
        _captures = new CaptureSet(
            _pipeline.Aggregator, _labels.Requests, () => _pipeline.Aggregator.Dropped, _sources.CommentsOn, ticket => _completer.Post(ticket.Complete));
        _sinceStart = new ProfileWindow(Kinds.Cumulative, _started, long.MaxValue, _labels.Requests, Limits.CumulativeCells) { Cumulative = true };
        _pipeline.Aggregator.Windows.Open(_sinceStart);
        _symbolizer.NativeFrames = _sources.ResolveNative;
        History = Settings.HistoryMegabytes > 0 ? new ProfileHistory(this, _sources.Buffers.HistoryBytes, OpenDisk()) : null;
    }

    public EngineSettings Settings { get; }

    public LabelEngine Labels => _labels;

    /// <summary>Null when it is turned off.</summary>
    public ProfileHistory? History { get; }

    /// <summary>What requests took and used, by route.</summary>
    public RouteStatistics Routes => _pipeline.Aggregator.Routes;

    public TraceRecorder Traces { get; } = new(DiagnosticSocket.OfThisProcess);

    /// <summary>The off switch is not pulled.</summary>
    public bool Enabled => _activation.Enabled;

    /// <summary>Sources run: it is this instance's turn, or somebody asks.</summary>
    public bool Running => _activation.Running;

    /// <summary>Why the sources run or not, where fleet modes decide; null where they do not.</summary>
    public string? Turn => _activation.Sentence;

    public Boosts Boosts => _boosts;

    public Sources Sources => _sources;

    /// <summary>Returns at once: sessions are started in the background.</summary>
    public void Start(bool enabled)
    {
        _labels.Timeline.Advance(_pipeline.ClosedUntil); // labels may have been followed before there was a window
        _pump.Start();
        SetEnabled(enabled);
        History?.Start();
    }

    /// <summary>Everything is gone when this returns, or said not to be; it returns within the deadline.</summary>
    public void Stop(TimeSpan deadline)
    {
        History?.Dispose();
        Traces.Stop(deadline / 4);
        _activation.Close();
        _labels.Stop();
        _sources.Stop(deadline);
        _pump.Post(() =>
        {
            _pipeline.CloseNow(Clock.Now);
            _captures.SealAll(Clock.Now);
        }, vital: true);
        _stopped = true;
        if (!_pump.Stop(deadline))
        {
            _notify(new Notice(Microsoft.Extensions.Logging.LogLevel.Warning, NoticeIds.StopTimedOut, "The profiler's pump did not end in time; its thread is left behind."));
        }

        _pump.Dispose();
        _pipeline.Dispose();
        _completer.Dispose();
    }

    public void Dispose() => Stop(ProfilerHost.StopDeadline);

    public void SetEnabled(bool enabled) => _activation.SetEnabled(enabled);

    /// <summary>More samples for a while, within a budget of their own.</summary>
    public void Boost(TimeSpan? duration)
    {
        var length = duration ?? Settings.BoostDuration;
        _activation.Demand(Clock.Now + (long)length.TotalNanoseconds);
        _pump.Post(() => _boosts.Begin(length, Boosts.OnDemand, Clock.Now));
    }

    /// <summary>Opens a window; its ticket completes when the last of its samples must have arrived.</summary>
    /// <param name="kind">What is wanted.</param>
    /// <param name="duration">How long.</param>
    /// <param name="ticks">Use the runtime's ticks too, although they suspend the process.</param>
    public CaptureTicket Open(ProfileKind kind, TimeSpan duration, bool ticks = false) =>
        Open(Kinds.Only(kind), duration, kind == ProfileKind.Threads, ticks);

    /// <summary>Opens a window of several kinds that lasts until it is ended or the time is over.</summary>
    public CaptureTicket Open(int kinds, TimeSpan duration, bool threads = false, bool ticks = false)
    {
        var ticket = new CaptureTicket(kinds);
        Do(ticket, now =>
        {
            long length = threads ? (long)_sources.BeginThreads().TotalNanoseconds : (long)duration.TotalNanoseconds;
            long to = length > long.MaxValue - now ? long.MaxValue : now + length;
            _captures.Open(ticket, now, to, DateTimeOffset.UtcNow);
            if (to != long.MaxValue)
            {
                if (_activation.Enabled)
                {
                    _pipeline.Resume(now); // out of turn: sources start in a moment, the window has begun
                }

                _activation.Demand(to);
                _sources.SomebodyAsks(kinds, to, now, ticks);
            }
        });
        return ticket;
    }

    /// <summary>Begins a trace. What it costs is not held against the other sources: somebody asked for it.</summary>
    /// <exception cref="TooManyCapturesException">One is being recorded.</exception>
    public TraceRecording BeginTrace(TimeSpan duration)
    {
        var recording = Traces.Begin(duration);
        _pump.Post(() =>
        {
            if (!_sources.Cpu.UsesTicks) // otherwise a larger budget would mean more ticks
            {
                _sources.Governor.Boost(TraceBudget, Clock.Now + (long)duration.TotalNanoseconds, Clock.Now);
            }
        });
        return recording;
    }

    /// <summary>Ends a window early; its ticket completes with what was collected.</summary>
    public void End(CaptureTicket ticket) => _pump.Post(() => CaptureSet.End(ticket, Clock.Now), vital: true);

    /// <summary>Ends a window where all samples have their weight already, a moment ago: nobody waits for the last ones, the host is stopping.</summary>
    public void EndAtOnce(CaptureTicket ticket) =>
        _pump.Post(() => CaptureSet.End(ticket, Math.Max(_pipeline.ClosedUntil, ticket.Window?.From ?? 0)), vital: true);

    /// <summary>Ends one window and begins the next at the same instant, so that nothing falls between two exports.</summary>
    public CaptureTicket Cut(CaptureTicket previous)
    {
        var next = new CaptureTicket(previous.Kinds);
        Do(next, now =>
        {
            CaptureSet.End(previous, now);
            _captures.Open(next, now, long.MaxValue, DateTimeOffset.UtcNow);
        });
        return next;
    }

    /// <summary>A copy of what an unsealed window holds so far; it goes on. Cancelled when the window is sealed already.</summary>
    public CaptureTicket Peek(CaptureTicket open)
    {
        var ticket = new CaptureTicket(open.Kinds);
        Do(ticket, _ =>
        {
            if (open is { Window: { } window, Result: null })
            {
                long until = Math.Clamp(_pipeline.ClosedUntil, window.From, window.To);
                ticket.Result = _pipeline.Aggregator.Seal(
                    window, until, open.Start, _pipeline.Aggregator.Dropped - open.LostBefore, _sources.CommentsOn(window));
            }

            _completer.Post(ticket.Complete);
        });
        return ticket;
    }

    /// <summary>A copy of the table since process start.</summary>
    public CaptureTicket Cumulative()
    {
        var ticket = new CaptureTicket(Kinds.Cumulative);
        Do(ticket, now =>
        {
            ticket.Result = _pipeline.Aggregator.Seal(_sinceStart, now, _startedAt, _pipeline.Aggregator.Dropped, _sources.CommentsOn(_sinceStart));
            _completer.Post(ticket.Complete);
        });
        return ticket;
    }

    /// <summary>History on disk; null when none is wanted.</summary>
    private DiskHistory? OpenDisk() => Settings.HistoryDirectory.Length == 0 ? null : new DiskHistory(
        Settings,
        key => _symbolizer.Resolve(key, isLeaf: true, nativeFrames: false),
        _symbolizer.Identify, () => _symbolizer.Rest(_pipeline.Methods), _labels.Texts);

    public Profile Build(ProfileKind kind, ProfileFilter filter, IEnumerable<SealedWindow> windows)
    {
        var profile = new ProfileBuilder(kind, filter, _labels.Texts, (key, native) => _symbolizer.Resolve(key, isLeaf: true, native)).Build(windows, ProgramName.Value);
        _symbolizer.Rest(_pipeline.Methods);
        return profile;
    }

    public long BackgroundErrors => _completer.Errors;

    public Symbolizer Names => _symbolizer;

    /// <summary>The table since process start.</summary>
    public ProfileWindow SinceStart => _sinceStart;

    public IReadOnlyDictionary<ProfileKind, long> Counts() => _pipeline.Aggregator.Windows.Counts();

    public ProfilerStatus Status(IReadOnlyList<PartStatus> hostParts) =>
        new StatusReport(this, _sources, _pipeline, _pump, _labels).Make(hostParts, TimeSpan.FromTicks((Clock.Now - _started) / 100));

    private void Do(CaptureTicket ticket, Action<long> command)
    {
        if (_stopped || !_pump.Post(() => Run(ticket, command)))
        {
            ticket.Refusal = _stopped ? CaptureTicket.Ended : CaptureTicket.Busy;
            ticket.Complete();
        }
    }

    private void Run(CaptureTicket ticket, Action<long> command)
    {
        try
        {
            command(Clock.Now);
        }
        catch when (ticket.Window is null)
        {
            _completer.Post(ticket.Complete); // no window that a turn would seal
            throw;
        }
    }

    private void StartSources()
    {
        _labels.Start();
        _sources.Start();
    }

    private void StopSources()
    {
        _labels.Stop();
        _sources.Pause();
        Traces.End();
    }

    private void OnTurn(long now)
    {
        _activation.OnTurn(now);
        _sources.OnTurn(now);
        if (_activation.Running)
        {
            _boosts.OnTurn(now);
        }

        _pipeline.OnTurn(now);
        bool waits = _captures.EndThreads(now);
        if (waits)
        {
            _sources.NoTickYet(now);
        }

        _captures.SealDue(_pipeline.ClosedUntil);
        long pace = TurnPace.Next(_activation.Running || !_pipeline.IsStopped, waits, _pipeline.LabelChanges, _pump.IntervalNs);
        _pump.IntervalNs = _activation.Running ? TurnPace.Until(_sources.Governor.NextEdge, pace, now) : pace;
    }

    private void OnPumpError(string where, Exception exception) => _sources.Report(where, exception);
}
