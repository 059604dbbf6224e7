using System.Net;
using System.Net.Sockets;

namespace SelfProfiler.Serve.Port;

/// <summary>Listens at one endpoint with one thread. What is taken is tried again with growing pauses, for as long as it takes; it never fails anybody.</summary>
internal sealed class PortListener(PortEndpoint endpoint, PortContext port, Action<string>? tell)
{
    private readonly object _gate = new();

    // Guarded by _gate.
    private Socket? _socket;
    private bool _stopping;
    private Thread? _thread;

    // Written under _gate, read anywhere.
    private volatile string _state = "not started";
    private volatile int _port;

    // Owned by whoever opens: Start, then the thread.
    private TimeSpan _pause = port.Limits.FirstRetry;
    private bool _told;

    public bool Listens => Volatile.Read(ref _socket) is not null;

    /// <summary>A sentence for the status.</summary>
    public string State => $"{endpoint.Name}: {_state}";

    /// <summary>The TCP port that is listened on; 0 when there is none.</summary>
    public int BoundPort => _port;

    /// <summary>Tries once on the calling thread, so that the port is known when it returns; never throws.</summary>
    public void Start()
    {
        Open();
        lock (_gate)
        {
            _thread = port.Threads.TryStart("port listener", Run);
        }
    }

    /// <summary>Stops listening; the thread ends by itself.</summary>
    public void Stop()
    {
        Socket? socket;
        lock (_gate)
        {
            _stopping = true;
            (socket, _socket) = (_socket, null);
            (_state, _port) = ("stopped", 0);
            Monitor.PulseAll(_gate);
        }

        // Wakes the thread out of its poll (measured on Linux: at once, for TCP and Unix sockets).
        socket?.Dispose();
    }

    public void Join(TimeSpan timeout)
    {
        Thread? thread;
        lock (_gate)
        {
            thread = _thread;
        }

        thread?.Join(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero);
    }

    private void Run()
    {
        while (Current(out var stopping) is var socket && !stopping)
        {
            if (socket is null)
            {
                Pause(Jittered(_pause));
                _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, port.Limits.LongestRetry.Ticks));
                Open();
            }
            else
            {
                Accept(socket);
            }
        }
    }

    private void Open()
    {
        try
        {
            var socket = endpoint.Listen();
            lock (_gate)
            {
                if (_stopping)
                {
                    socket.Dispose();
                    return;
                }

                _socket = socket;
                _port = (socket.LocalEndPoint as IPEndPoint)?.Port ?? 0;
                _state = Listening();
            }

            _pause = port.Limits.FirstRetry;
            if (_told)
            {
                _told = false;
                tell?.Invoke($"The diagnostics port listens at {endpoint.Name} now.");
            }
        }
        catch (Exception exception)
        {
            Failed(exception);
        }
    }

    private string Listening()
    {
        var text = endpoint.Name.EndsWith(":0", StringComparison.Ordinal) ? $"listening, port {_port}" : "listening";
        return endpoint.ChosenAddress && !port.Handler.HasToken
            ? text + " without a token: whoever reaches this address can read profiles; set ContinuousProfiling:DiagnosticsToken"
            : text;
    }

    private void Failed(Exception exception)
    {
        var reason = exception is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } ? "the port is taken by another process" : exception.Message.TrimEnd('.');
        lock (_gate)
        {
            _state = _stopping ? "stopped" : $"not listening, {reason}; it is tried again";
        }

        if (!_told)
        {
            _told = true;
            tell?.Invoke($"The diagnostics port cannot listen at {endpoint.Name}: {reason}. It is tried again; the application is not affected.");
        }
    }

    private void Accept(Socket listener)
    {
        Socket? socket = null;
        try
        {
            if (!listener.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectRead))
            {
                return;
            }

            socket = listener.Accept();
            socket.Blocking = false;
            if (endpoint.Peer is null)
            {
                socket.NoDelay = true;
            }

            port.Counters.AddConnection();
            var connection = new PortConnection(port, socket, endpoint.Peer ?? socket.RemoteEndPoint, endpoint.ChosenAddress);
            if (!port.Workers.TryAdd(connection))
            {
                port.Counters.AddFull();
                connection.Refuse();
            }
        }
        catch (ObjectDisposedException)
        {
            // Stopped.
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            AcceptFailed(exception, listener);
        }
    }

    /// <summary>Clients that left before they were accepted are nothing; a lack of file descriptors passes; a listener that cannot accept is opened anew.</summary>
    private void AcceptFailed(SocketException exception, Socket listener)
    {
        switch (exception.SocketErrorCode)
        {
            case SocketError.WouldBlock or SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.NotConnected or SocketError.Interrupted:
                return;
            case SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable:
                port.Counters.AddFault();
                Pause(port.Limits.FirstRetry);
                return;
            default:
                break;
        }

        port.Counters.AddFault();
        lock (_gate)
        {
            if (_socket == listener)
            {
                (_socket, _port) = (null, 0);
            }
        }

        listener.Dispose();
        Failed(exception);
    }

    private Socket? Current(out bool stopping)
    {
        lock (_gate)
        {
            stopping = _stopping;
            return _socket;
        }
    }

    private void Pause(TimeSpan length)
    {
        lock (_gate)
        {
            if (!_stopping)
            {
                Monitor.Wait(_gate, length);
            }
        }
    }

    private static TimeSpan Jittered(TimeSpan pause) => pause * (0.8 + (0.4 * Random.Shared.NextDouble()));
}
