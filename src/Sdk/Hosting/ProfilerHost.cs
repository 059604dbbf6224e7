using SelfProfiler.Aggregate;
using SelfProfiler.Diagnostics;
using SelfProfiler.History;

namespace SelfProfiler.Hosting;

/// <summary>One host's share in the engine: its captures, its services, its log. The engine lives as long as any host uses it.</summary>
internal sealed class ProfilerHost : IDisposable
{
    public static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(2);

    private const string NotRunning = "The profiler of this process is not running: the host has not started it, or has stopped.";

    private readonly Lock _gate = new();
    private readonly ContainedLogger? _logger;
    private readonly HostServices _services;

    // Guarded by _gate.
    private readonly HashSet<CaptureTicket> _captures = [];
    private volatile int _capturing; // how many these are: a status is asked for by threads that must not wait for the lock
    private Session.TraceRecording? _trace;
    private EngineLease? _lease;
    private IDisposable? _reload;
    private Task? _stop;
    private bool _stopping;

    public ProfilerHost(ContinuousProfilingOptions options, ContainedLogger? logger, IEnumerable<IProfileExporter> exporters, string? environment)
    {
        Options = options;
        _logger = logger;
        _services = new HostServices(this, logger, exporters, environment);
    }

    public ContinuousProfilingOptions Options { get; private set; }

    public HostServices Services => _services;

    /// <summary>The engine of the process while this host uses it; asking makes it, if it was waiting for the host to start.</summary>
    public ProfilerEngine? Engine => _lease?.Shared.Engine;

    public bool Enabled => _lease?.Shared.Enabled ?? false;

    /// <summary>The overhead budget while nobody boosts it: the engine's, which another host may have started.</summary>
    public double UsualBudget => _lease?.Shared.Settings.OverheadBudget ?? Options.OverheadBudget;

    /// <summary>Why nothing can be captured now; null when it can.</summary>
    public string? Unavailable =>
        _stopping || _lease is null ? NotRunning
        : !_lease.Shared.Enabled ? "The profiler is switched off. Set ContinuousProfiling:Enabled to true, or POST to /debug/pprof/on."
        : null;

    /// <summary>Takes the engine. Returns at once; sources start in the background.</summary>
    /// <param name="atOnce">Not only when the host has started.</param>
    public void Run(bool atOnce)
    {
        lock (_gate)
        {
            if (_lease is not null || _stopping)
            {
                return;
            }

            _lease = EngineLease.Take(Options, Notify, atOnce);
        }

        if (!Options.Enabled)
        {
            _lease.Shared.SetEnabled(false);
            _services.StartMetersAndExports(null);
        }

        _services.Start();
        _lease.Shared.WhenMade(_services.StartMetersAndExports);
    }

    /// <summary>The first requests are on the way.</summary>
    public void Started() => _lease?.Shared.HostStarted();

    public void Follow(OptionsReload reload) => _reload = reload.Subscribe(Apply, Notify);

    public void Notify(Notice notice)
    {
        if (_logger is not null)
        {
            Log.Write(_logger, notice);
        }
    }

    public void StopAtProcessExit() => AppDomain.CurrentDomain.ProcessExit += OnProcessExit;

    /// <exception cref="InvalidOperationException">Nothing runs; the message says what to do.</exception>
    public void Boost(TimeSpan? duration) => Running().Boost(duration);

    public void SetEnabled(bool enabled) => _lease?.Shared.SetEnabled(enabled);

    public ProfilerStatus Status()
    {
        var status = _lease?.Shared is not { } shared ? StatusReport.NotRunning(_services.Parts())
            : shared.Made is { } engine ? engine.Status(_services.Parts())
            : shared.StatusBefore(_services.Parts());
        return status with
        {
            Losses = [.. status.Losses, .. _services.Losses()],
            Exporters = _services.Exporters,
            Tables = [.. status.Tables, new TableStatus("captures", _capturing, Options.MaxCaptures)],
        };
    }

    /// <summary>Null when it is turned off or nothing runs. It can be asked while the profiler is switched off.</summary>
    public ProfileHistory? History => Engine?.History;

    /// <summary>Null while nothing runs.</summary>
    public Labels.LabelEngine? Labels => _lease?.Shared.Labels;

    /// <summary>Samples of each kind since the start.</summary>
    public IReadOnlyDictionary<ProfileKind, long> Counts() => _lease?.Shared.Made?.Counts() ?? new Dictionary<ProfileKind, long>();

    public async Task<Profile> CaptureAsync(ProfileKind kind, TimeSpan duration, ProfileFilter filter, CancellationToken cancellationToken, bool ticks = false)
    {
        var engine = EngineFor(out var ticket, kind, duration, ticks);
        using var cancelled = cancellationToken.Register(() => engine.End(ticket));
        try
        {
            var window = await ticket.WaitAsync(cancellationToken).ConfigureAwait(false);
            return engine.Build(kind, filter, [window]);
        }
        finally
        {
            Forget(ticket);
        }
    }

    /// <summary>Like <see cref="CaptureAsync"/> for threads that must not depend on the pool: it may be starved, and that is what they are asked about.</summary>
    public Profile Capture(ProfileKind kind, TimeSpan duration, ProfileFilter filter, CancellationToken cancellationToken, bool ticks = false)
    {
        var engine = EngineFor(out var ticket, kind, duration, ticks);
        try
        {
            return engine.Build(kind, filter, [ticket.Wait(cancellationToken)]);
        }
        catch (OperationCanceledException)
        {
            engine.End(ticket);
            throw;
        }
        finally
        {
            Forget(ticket);
        }
    }

    public async Task<Profile> CumulativeAsync(ProfileKind kind, ProfileFilter filter, CancellationToken cancellationToken)
    {
        var engine = Running();
        var window = await engine.Cumulative().WaitAsync(cancellationToken).ConfigureAwait(false);
        return engine.Build(kind, filter, [window]);
    }

    public Profile Cumulative(ProfileKind kind, ProfileFilter filter, CancellationToken cancellationToken)
    {
        var engine = Running();
        return engine.Build(kind, filter, [engine.Cumulative().Wait(cancellationToken)]);
    }

    /// <summary>Begins a <c>.nettrace</c>; the caller writes it on.</summary>
    /// <exception cref="TooManyCapturesException">One is being recorded.</exception>
    public Session.TraceRecording BeginTrace(TimeSpan duration)
    {
        lock (_gate)
        {
            return _trace = Running().BeginTrace(duration);
        }
    }

    /// <summary>A profile of what was kept.</summary>
    public Profile Past(ProfileKind kind, ProfileFilter filter, DateTimeOffset? from, DateTimeOffset? to) =>
        History is { } history ? history.Read(kind, filter, from, to)
        : throw new InvalidOperationException("History is turned off in this process: set ContinuousProfiling:HistoryMegabytes, or give \"seconds\" to collect from now on.");

    /// <summary>The host is about to stop: who waits for a capture gets what was collected so far.</summary>
    public void EndCaptures()
    {
        lock (_gate)
        {
            _stopping = true;
            foreach (var ticket in _captures)
            {
                _lease?.Shared.Made?.EndAtOnce(ticket);
            }

            _trace?.End(StopDeadline / 2);
        }
    }

    /// <summary>Last export, then the engine. On a thread of its own: the pool may be starved and the deadline must hold.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stop ??= Task.Factory.StartNew(
                () => StopCore(StopDeadline), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return _stop.WaitAsync(StopDeadline + TimeSpan.FromSeconds(1), cancellationToken).ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    public void Dispose() => StopCore(StopDeadline);

    private void OnProcessExit(object? sender, EventArgs e) => StopCore(StopDeadline);

    private void StopCore(TimeSpan deadline)
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit; // the process would keep us for ever
        long end = Clock.Now + (long)deadline.TotalNanoseconds;
        EngineLease? lease;
        lock (_gate)
        {
            _reload?.Dispose();
            lease = _lease;
        }

        if (lease is null)
        {
            return;
        }

        EndCaptures();
        lease.Shared.Forget(_services.StartMetersAndExports);
        _services.Stop(Left(end, TimeSpan.FromSeconds(1.5)));
        lease.Release(Left(end, deadline));

        static TimeSpan Left(long end, TimeSpan most) =>
            TimeSpan.FromTicks(Math.Clamp((end - Clock.Now) / 100, TimeSpan.TicksPerSecond / 5, most.Ticks));
    }

    private ProfilerEngine Running() =>
        Unavailable is { } reason ? throw new InvalidOperationException(reason)
        : Engine ?? throw new InvalidOperationException(NotRunning);

    private ProfilerEngine EngineFor(out CaptureTicket ticket, ProfileKind kind, TimeSpan duration, bool ticks)
    {
        lock (_gate)
        {
            var engine = Running();
            if (_captures.Count >= Options.MaxCaptures)
            {
                throw new TooManyCapturesException(
                    $"{_captures.Count} captures are running, which is the limit. Wait for one to end, or raise ContinuousProfiling:MaxCaptures.");
            }

            ticket = engine.Open(kind, duration, ticks);
            _captures.Add(ticket);
            _capturing = _captures.Count;
            return engine;
        }
    }

    private void Forget(CaptureTicket ticket)
    {
        lock (_gate)
        {
            _captures.Remove(ticket);
            _capturing = _captures.Count;
        }
    }

    private void Apply(ContinuousProfilingOptions options)
    {
        // Any reload of anything comes here: what somebody switched by hand meanwhile stays, unless this very option has changed.
        bool switched = options.Enabled != Options.Enabled;
        Options = options;
        if (switched && _lease is { } lease)
        {
            lease.Shared.SetEnabled(options.Enabled);
        }
    }
}
