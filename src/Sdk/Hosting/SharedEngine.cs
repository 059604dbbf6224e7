using Microsoft.Extensions.Logging;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;

namespace SelfProfiler.Hosting;

/// <summary>The engine of the process, in two steps: labels are followed at once, all else is made when the first requests have been answered, or as soon as somebody asks.</summary>
/// <remarks>
/// A host that starts compiles itself, and so does the engine: at the same time, on two processors, it delayed the first answer by 100 ms.
/// Labels cannot wait: of a request that began before them nobody would know.
/// </remarks>
internal sealed class SharedEngine : IDisposable
{
    /// <summary>After the host has started: what the first requests run is compiled then.</summary>
    public static readonly TimeSpan FirstRequests = TimeSpan.FromSeconds(1);

    /// <summary>After this a host is taken to have started, so that one that takes longer is looked at while it does.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TimeSpan _firstRequests;
    private readonly Action<Notice> _notify;
    private readonly LabelEngine _labels;
    private readonly AutoResetEvent _wake = new(false);
    private readonly List<Action<ProfilerEngine>> _whenMade = []; // guarded by _gate
    private volatile ProfilerEngine? _made;
    private volatile bool _enabled;
    private volatile bool _over; // stopped, or it could not be made
    private Thread? _waiting; // guarded by _gate
    private long _due = long.MaxValue;

    /// <param name="options">Of the first host.</param>
    /// <param name="notify">Gets what the operator should know.</param>
    /// <param name="firstRequests"><see cref="FirstRequests"/>; tests pass their own.</param>
    public SharedEngine(ContinuousProfilingOptions options, Action<Notice> notify, TimeSpan firstRequests)
    {
        _firstRequests = firstRequests;
        Settings = new EngineSettings(options);
        _labels = new LabelEngine(options.Labels);
        _notify = notify;
    }

    public EngineSettings Settings { get; }

    public LabelEngine Labels => _labels;

    /// <summary>The off switch is not pulled.</summary>
    public bool Enabled => _made?.Enabled ?? (_enabled && !_over);

    /// <summary>Null until it is made.</summary>
    public ProfilerEngine? Made => _made;

    /// <summary>The engine, made now if it was not; null when it was stopped before. Any thread.</summary>
    public ProfilerEngine? Engine => _made ?? Make();

    /// <summary>By the first host.</summary>
    /// <param name="enabled">Otherwise nothing is made until somebody switches it on or asks.</param>
    /// <param name="atOnce">Nobody waits for a host.</param>
    public void Start(bool enabled, bool atOnce)
    {
        if (atOnce)
        {
            _enabled = enabled;
            _ = Make();
        }
        else if (enabled)
        {
            Prepare(LongestStart + _firstRequests);
        }
    }

    /// <summary>A host has started; its first requests are on the way.</summary>
    public void HostStarted() => Hasten(_firstRequests);

    public void SetEnabled(bool enabled)
    {
        lock (_gate)
        {
            _enabled = enabled;
            if (_made is null)
            {
                if (enabled)
                {
                    Prepare(TimeSpan.Zero);
                }
                else
                {
                    _labels.Stop();
                }

                return;
            }
        }

        _made.SetEnabled(enabled);
    }

    /// <summary>What there is to say while there is no engine.</summary>
    public ProfilerStatus StatusBefore(IReadOnlyList<PartStatus> hostParts) => StatusReport.NotRunning(
        Enabled ? [new PartStatus("sources", PartState.Starting, "They start a second after the application."), .. hostParts] : hostParts) with
    {
        Enabled = Enabled,
        CpuSource = Settings.CpuSource,
        CpuSourceReason = Enabled ? "The sources have not been started yet." : "The profiler is switched off.",
        OverheadBudget = Settings.OverheadBudget,
        Notes = [.. StatusReport.NotesOn(hostParts)],
    };

    /// <summary>Runs when there is an engine, which may be now.</summary>
    public void WhenMade(Action<ProfilerEngine> action)
    {
        lock (_gate)
        {
            if (_made is null)
            {
                _whenMade.Add(action);
                return;
            }
        }

        action(_made);
    }

    /// <summary>Nobody wants to be told any more.</summary>
    public void Forget(Action<ProfilerEngine> action)
    {
        lock (_gate)
        {
            _whenMade.Remove(action);
        }
    }

    /// <summary>Everything is gone when this returns, or said not to be; it returns within the deadline.</summary>
    public void Stop(TimeSpan deadline)
    {
        lock (_gate)
        {
            _over = true;
            if (_made is null)
            {
                _labels.Stop();
            }
        }

        _wake.Set();
        _made?.Stop(deadline);
    }

    public void Dispose() => Stop(ProfilerHost.StopDeadline);

    private void Prepare(TimeSpan patience)
    {
        lock (_gate)
        {
            _enabled = true;
            if (Settings.Participation().IsActive(DateTimeOffset.UtcNow))
            {
                _labels.Start();
            }

            Hasten(patience);
            if (_waiting is null && !_over)
            {
                // A thread of its own: the pool may be starved, and that is what somebody wants to see.
                _waiting = new Thread(Wait) { IsBackground = true, Name = ThreadNames.OwnPrefix + " start" };
                _waiting.UnsafeStart();
            }
        }
    }

    private void Hasten(TimeSpan patience)
    {
        long due = Clock.Now + (long)patience.TotalNanoseconds;
        long before;
        while (due < (before = Volatile.Read(ref _due)) && Interlocked.CompareExchange(ref _due, due, before) != before)
        {
        }

        _wake.Set();
    }

    private void Wait()
    {
        while (!_over && _made is null)
        {
            long left = Volatile.Read(ref _due) - Clock.Now;
            if (left > 0)
            {
                _wake.WaitOne((int)Math.Min(60_000, (left / 1_000_000) + 1));
            }
            else if (_enabled)
            {
                _ = Make();
            }
            else
            {
                _wake.WaitOne(); // switched off meanwhile
            }
        }
    }

    private ProfilerEngine? Make()
    {
        lock (_gate)
        {
            if (_made is not null || _over)
            {
                return _made;
            }

            try
            {
                var engine = new ProfilerEngine(Settings, _labels, _notify);
                engine.Start(_enabled);
                _made = engine;
                _whenMade.ForEach(action => action(engine));
            }
            catch (Exception exception)
            {
                // The application goes on as if there were no profiler.
                _over = true;
                _labels.Stop();
                _notify(new Notice(LogLevel.Error, NoticeIds.PumpFault, $"The profiler could not be started. {exception}"));
            }

            _whenMade.Clear();
            _wake.Set();
            return _made;
        }
    }
}
