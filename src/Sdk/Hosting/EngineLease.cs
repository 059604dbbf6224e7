using SelfProfiler.Diagnostics;

namespace SelfProfiler.Hosting;

/// <summary>A host's hold on the engine of the process. The first one starts it with its options; the last one to let go stops it.</summary>
/// <remarks>Test suites run dozens of hosts in one process: sessions, handlers and threads exist once, whatever their number.</remarks>
internal sealed class EngineLease : IDisposable
{
    private static readonly Lock Gate = new();
    private static SharedEngine? _current;
    private static List<EngineLease> _leases = [];

    private readonly Action<Notice> _notify;
    private bool _released;

    private EngineLease(SharedEngine shared, Action<Notice> notify)
    {
        Shared = shared;
        _notify = notify;
    }

    public SharedEngine Shared { get; }

    /// <summary>Hosts that use the engine now.</summary>
    public static int Count
    {
        get
        {
            lock (Gate)
            {
                return _leases.Count;
            }
        }
    }

    /// <param name="options">The host's.</param>
    /// <param name="notify">Gets what the operator should know.</param>
    /// <param name="atOnce">Nothing waits until a host has started.</param>
    public static EngineLease Take(ContinuousProfilingOptions options, Action<Notice> notify, bool atOnce)
    {
        lock (Gate)
        {
            bool first = _current is null;
            _current ??= new SharedEngine(options, Broadcast, SharedEngine.FirstRequests);
            var lease = new EngineLease(_current, notify);
            _leases = [.. _leases, lease];
            if (first)
            {
                _current.Start(options.Enabled, atOnce);
            }
            else if (EngineSettings.DifferenceOf(_current.Settings, new EngineSettings(options)) is { Length: > 0 } difference)
            {
                notify(new Notice(
                    Microsoft.Extensions.Logging.LogLevel.Warning,
                    NoticeIds.OptionsDiffer,
                    $"Another host of this process started the profiler with other options: {difference}. Those of the first host are in force until all hosts have stopped."));
            }

            if (atOnce)
            {
                _ = _current.Engine; // the first one may still be waiting for its host
            }

            return lease;
        }
    }

    /// <summary>Returns within the deadline, whatever the runtime does.</summary>
    public void Release(TimeSpan deadline)
    {
        SharedEngine? last = null;
        lock (Gate)
        {
            if (_released)
            {
                return;
            }

            _released = true;
            _leases = [.. _leases.Where(lease => lease != this)];
            if (_leases.Count == 0)
            {
                last = _current;
                _current = null;
            }
        }

        last?.Stop(deadline);
    }

    public void Dispose() => Release(ProfilerHost.StopDeadline);

    private static void Broadcast(Notice notice)
    {
        ProfilerEventSource.Instance.Write(notice);
        foreach (var lease in Volatile.Read(ref _leases))
        {
            try
            {
                lease._notify(notice);
            }
            catch (Exception exception)
            {
                // An application's logger failed. The event source above has the notice; say what the logger did there too.
                ProfilerEventSource.Instance.Error(NoticeIds.PumpFault, "A logger threw: " + exception.Message);
            }
        }
    }
}
