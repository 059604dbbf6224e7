using Microsoft.Extensions.Logging;
using SelfProfiler.Aggregate;
using SelfProfiler.Diagnostics;
using SelfProfiler.Kernel;
using SelfProfiler.Session;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Hosting;

/// <summary>The sources of samples: which are wanted, which run, and where CPU comes from. Commands come from any thread; samples flow on the pump.</summary>
internal sealed class Sources
{
    /// <summary>The budget of a capture while it runs, for the sources it lives on.</summary>
    private const double CaptureBudget = 0.02;

    /// <summary>From asking for a tick to its arrival, when all goes well: a session's start, its end and the decoder.</summary>
    private const long ThreadsPatienceNs = 500_000_000;
    private static readonly (ProfileKind Kind, Stoppable Source)[] Tellers =
    [
        (ProfileKind.Waits, Stoppable.Waits), (ProfileKind.Wall, Stoppable.Waits),
        (ProfileKind.Contention, Stoppable.Contention), (ProfileKind.Wall, Stoppable.Contention),
        (ProfileKind.Allocations, Stoppable.Allocations), (ProfileKind.Exceptions, Stoppable.Exceptions),
    ];

    private static readonly TimeSpan ThreadsWindow = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestThreadsTick = TimeSpan.FromMilliseconds(64);

    private readonly EngineSettings _settings;
    private readonly Pump _pump;
    private readonly Pipeline _pipeline;
    private readonly Action<Notice> _notify;
    private readonly NativeImages _images = new();
    private readonly HashSet<string> _reported = [];
    private readonly SessionLevers _levers;
    private readonly NameKeeper _names;
    private readonly WallTicks _wallTicks;
    private readonly KernelThinning _thinning;
    private readonly BudgetRecord _record = new();
    private TimeSpan _threadsTick;
    private long _threadsAsked;
    private long _boostUntil;
    private bool _started; // any host's thread, one at a time

    public Sources(EngineSettings settings, Pump pump, Pipeline pipeline, Action<Notice> notify, Action<Action> inBackground)
    {
        _settings = settings;
        _pump = pump;
        _pipeline = pipeline;
        _notify = notify;
        Connections = new Connections(pump, pipeline);
        Sessions = new SessionSupervisor(pump, new SupervisorOptions
        {
            Source = kind => Connections.Open(kind, Sessions!),
            Notice = OnSessionNotice,
            TickWindow = OnTickWindow,
            WarmUp = TypeInitialisers.Run,
        });
        _levers = new SessionLevers(Sessions, settings.Allocations, settings.Exceptions);
        _names = new NameKeeper(pipeline.Methods, Sessions, () => Connections.MethodLosses.Counts.LostEvents, inBackground);
        var capacity = Capacity.Read();
        Buffers = BufferSizes.Of(capacity, settings.HistoryMegabytes, settings.HistoryConfigured);
        Governor = new Governor(EventCost.Nanoseconds, new GovernorLevers(_levers.AllowTicks, Run), Random.Shared)
        {
            Budget = settings.OverheadBudget,
            Enabled = settings.Governor,
            UsableCpus = capacity.Cpus,
            AskedBudget = CaptureBudget,
        };
        Cpu = new CpuSampling(settings, pipeline, Governor, Sessions, notify);
        _thinning = new KernelThinning(Governor, Cpu, pipeline);
        _wallTicks = new WallTicks(Governor, Sessions, () => pipeline.Aggregator.RestNs);
        pipeline.TickSeen = Sessions.Ticks.Observe;
        pipeline.SampleSeen = Governor.OnSample;
        pipeline.WeightOf = Governor.Weight;
        pipeline.Measured = OnClocks;
        pipeline.LabelsChanged = Governor.Cost.CountLabels;
        pipeline.Suspended = OnSuspended;
    }

    public SessionSupervisor Sessions { get; }

    public Governor Governor { get; }

    public CpuSampling Cpu { get; }

    public BufferSizes Buffers { get; }

    public Connections Connections { get; }

    public void Start()
    {
        if (!_started)
        {
            Sessions.Start();
            _started = true; // not if the system has no thread to give: then the next start tries again
        }

        _pump.Post(StartOnPump, vital: true);
    }

    /// <summary>Stops every source; the tables since start are kept.</summary>
    public void Pause()
    {
        _pump.Post(() =>
        {
            _levers.Enabled = false;
            Cpu.Drain(Clock.Now);
            _pipeline.Pause(Clock.Now);
            Governor.Forget();
            _thinning.Forget();
            Cpu.Stop();
            foreach (var kind in Enum.GetValues<SessionKind>())
            {
                Sessions.Want(kind, false);
            }
        }, vital: true);
    }

    public void Stop(TimeSpan deadline)
    {
        _pump.Post(Cpu.Stop, vital: true);
        Sessions.Stop(deadline);
    }

    /// <summary>Pump only.</summary>
    public void OnTurn(long now)
    {
        Cpu.Drain(now);
        if (_boostUntil != 0 && now >= _boostUntil)
        {
            _boostUntil = 0;
            Cpu.Boost(false, now);
        }

        if (_levers.Enabled)
        {
            _thinning.OnTurn(now);
            Governor.OnTurn(now);
            if (Cpu.Kernel is not null)
            {
                _wallTicks.OnTurn(now);
            }

            _names.OnTurn(now, Governor.Decision.RundownAllowed);
        }
    }

    /// <summary>Asks for one window of ticks, so that every managed thread is seen once. Pump only.</summary>
    /// <returns>How long to wait for it at most.</returns>
    public TimeSpan BeginThreads()
    {
        _threadsTick = TimeSpan.FromMilliseconds(1);
        AskForTick(Clock.Now);
        return ThreadsWindow;
    }

    /// <summary>Asks again, for longer: on a busy machine the runtime's sampler may not get to run within a short window. Pump only.</summary>
    public void NoTickYet(long now)
    {
        if (now - _threadsAsked >= ThreadsPatienceNs)
        {
            _threadsTick = TimeSpan.FromTicks(Math.Min(_threadsTick.Ticks * 4, LongestThreadsTick.Ticks));
            AskForTick(now);
        }
    }

    private void AskForTick(long now)
    {
        _threadsAsked = now;
        Sessions.Ticks.RunWindowNow(_threadsTick);
    }

    /// <summary>Somebody waits for this profile: more of what its sources tell is allowed until it is done. Pump only.</summary>
    public void SomebodyAsks(int kinds, long until, long now, bool ticks)
    {
        if (ticks && Cpu.Kernel is not null && _levers.Enabled)
        {
            _wallTicks.Ask(CaptureBudget, until, now);
        }

        foreach (var (kind, source) in Tellers)
        {
            if ((kinds & Kinds.Only(kind)) != 0)
            {
                Governor.Ask(source, until);
            }
        }

        const int Sampled = (1 << (int)ProfileKind.Cpu) | (1 << (int)ProfileKind.Wall);
        if ((kinds & Sampled) != 0 && Cpu.UsesTicks)
        {
            Governor.Boost(CaptureBudget, until, now);
        }
        else if ((kinds & Sampled) != 0)
        {
            _thinning.Ask(CaptureBudget, until, now);
        }

        if (_levers.Enabled)
        {
            Governor.OnTurn(now); // what pauses begins now, not with the next turn
        }
    }

    /// <summary>More samples within a budget of their own, until then. Pump only.</summary>
    public void Boost(double budget, long until, long now)
    {
        Governor.Boost(budget, until, now);
        _boostUntil = until;
        Cpu.Boost(true, now);
    }

    /// <summary>What has to be known to read a window. Pump only.</summary>
    public string[] CommentsOn(ProfileWindow window) => WindowComments.Of(
        window, Cpu.UsesTicks ? Cpu.Reason : null, _record.Over(window.From, window.To), Cpu.SwitchPrice != SwitchPrice.None, _settings);

    public Frame? ResolveNative(ulong address, bool expand) => _images.Resolve(address, expand);

    /// <summary>Said once for each place; the pump's counter has the number. Pump only.</summary>
    public void Report(string where, Exception exception)
    {
        if (_reported.Add(where))
        {
            _notify(new Notice(LogLevel.Error, NoticeIds.PumpFault, $"An error in {where} was contained; samples may be missing. {exception}"));
        }
    }

    private void StartOnPump()
    {
        // Here and not where it is asked for: a pause asked for before it runs on the pump, too, and would take them back.
        Sessions.Want(SessionKind.Methods, true);
        Sessions.Want(SessionKind.Gc, true);
        _levers.Enabled = true;
        _pipeline.Resume(Clock.Now);
        _pump.IntervalNs = TurnPace.BusyNs;
        Governor.Want(Stoppable.Waits, _settings.Waits);
        Governor.Want(Stoppable.Contention, _settings.Contention);
        Governor.Want(Stoppable.Allocations, _settings.Allocations);
        Governor.Want(Stoppable.Exceptions, _settings.Exceptions);
        Governor.TickUse = TickUse.None;
        Cpu.Start(Clock.Now);
        Governor.Want(Stoppable.Kernel, !Cpu.UsesTicks);
    }

    private void OnClocks(ThreadClocks clocks, ReadOnlySpan<ThreadCpu> threads, long now, long wallNs)
    {
        Governor.ListsMethods = Connections.ListedMethods();
        Governor.TickRate = Sessions.Ticks.Interval is > 0 and var interval ? 1e9 / interval : 0;
        if (Cpu.Kernel is not null && _levers.Enabled)
        {
            _wallTicks.OnClocks(now, wallNs, unasked: _settings is { Waits: true, Contention: true });
        }

        _thinning.OnClocks(now, wallNs);
        var ran = Governor.Ran(wallNs);
        _record.Add(now, wallNs, Cpu.Kernel is null ? ran with { Kernel = 1 } : ran, Governor.Decision, Governor.TickUse);
        Governor.OnClocks(now, wallNs, threads, clocks.EndedNs);
        _pipeline.Relax = Governor.Decision.Relax;
    }

    private void Run(Stoppable source, bool run)
    {
        if (source == Stoppable.Kernel)
        {
            Cpu.Run(run);
        }
        else
        {
            _levers.Run(source, run);
        }
    }

    /// <summary>While ticks run, suspensions that are no collection's are ours.</summary>
    private void OnSuspended(long ns)
    {
        if (Governor.TickUse != TickUse.None)
        {
            Governor.Cost.CountTickSuspension(ns);
        }
    }

    private void OnTickWindow(TickWindow window) => _pump.Post(() => _pipeline.Aggregator.Windows.TickWindowEnded(window.End));

    private void OnSessionNotice(SessionNotice notice) =>
        _notify(new Notice(
            notice.IsProblem ? LogLevel.Warning : LogLevel.Information,
            notice.IsProblem ? NoticeIds.SourceFailed : NoticeIds.SourceRecovered,
            notice.Exception is null ? notice.Sentence : $"{notice.Sentence} {notice.Exception}"));
}
