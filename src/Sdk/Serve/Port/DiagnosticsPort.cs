namespace SelfProfiler.Serve.Port;

/// <summary>Where the diagnostics port listens.</summary>
internal sealed record DiagnosticsPortOptions
{
    /// <summary>Null: no TCP; 0: any free port.</summary>
    public int? Port { get; init; }

    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Path of a Unix socket; null: none.</summary>
    public string? Socket { get; init; }

    public static DiagnosticsPortOptions From(ContinuousProfilingOptions options) => new()
    {
        Port = options.DiagnosticsPort,
        Address = options.DiagnosticsAddress,
        Socket = options.DiagnosticsSocket,
    };
}

/// <summary>
/// The profiler's own HTTP/1.1 listener, for any process. It uses threads of its own, sockets that never block and poll:
/// neither the thread pool nor the runtime's socket engine, so that it answers while the pool is starved.
/// </summary>
internal sealed class DiagnosticsPort
{
    private readonly PortContext _port;
    private readonly List<PortListener> _listeners = [];

    /// <param name="handler">Answers.</param>
    /// <param name="options">Where to listen.</param>
    /// <param name="limits">The bounds; <see cref="PortLimits.For"/>.</param>
    /// <param name="tell">Gets sentences for the log.</param>
    /// <param name="threadRunning">Told the operating system's id of each own thread when it begins (true) and ends (false).</param>
    public DiagnosticsPort(PprofHandler handler, DiagnosticsPortOptions options, PortLimits limits, Action<string>? tell = null, Action<int, bool>? threadRunning = null)
    {
        _port = new PortContext(handler, limits, threadRunning);
        if (options.Port is { } tcp)
        {
            _listeners.Add(new PortListener(PortEndpoint.Tcp(options.Address, tcp), _port, tell));
        }

        if (!string.IsNullOrEmpty(options.Socket))
        {
            _listeners.Add(new PortListener(PortEndpoint.Unix(options.Socket), _port, tell));
        }
    }

    /// <summary>The TCP port that is listened on; null while there is none.</summary>
    public int? BoundPort => _listeners.Select(listener => listener.BoundPort).FirstOrDefault(bound => bound != 0) is var port and not 0 ? port : null;

    /// <summary>At every address.</summary>
    public bool Listens => _listeners.TrueForAll(static listener => listener.Listens);

    /// <summary>A sentence for each address.</summary>
    public IEnumerable<string> States => _listeners.Select(listener => listener.State);

    public PortCounters Counters => _port.Counters;

    /// <summary>Threads that answer, now.</summary>
    public int Threads => _port.Workers.Threads;

    /// <summary>Begins to listen; what cannot be listened on is tried again. Never throws.</summary>
    public void Start()
    {
        foreach (var listener in _listeners)
        {
            listener.Start();
        }
    }

    /// <summary>Ends captures and connections. Answers under way are finished if they can be within the time.</summary>
    /// <returns>Whether all threads have ended.</returns>
    public bool Stop(TimeSpan timeout)
    {
        var deadline = Deadline.After(timeout);
        foreach (var listener in _listeners)
        {
            listener.Stop();
        }

        _port.Watch.Stop();
        var ended = _port.Workers.Stop(deadline.Remaining);
        foreach (var listener in _listeners)
        {
            listener.Join(deadline.Remaining);
        }

        return ended;
    }
}
