using System.Net.Sockets;

namespace SelfProfiler.Serve.Port;

/// <summary>One thread, there while there is something to look at: it ends captures whose client went away, and closes connections once their client has read our last words.</summary>
internal sealed class ClientWatch(PortThreads threads, PortLimits limits, PortCounters counters)
{
    private readonly object _gate = new();

    // Guarded by _gate.
    private readonly List<Watched> _running = [];
    private readonly List<(Socket Socket, Deadline Deadline)> _lingering = [];
    private bool _started;
    private bool _idle;
    private bool _stopping;

    /// <summary>Looks at the client until the result is disposed.</summary>
    public Watched Begin(Socket socket)
    {
        var watched = new Watched(this, socket);
        lock (_gate)
        {
            _running.Add(watched);
            if (_stopping)
            {
                watched.Cancel();
            }

            Wake_NeedsLock();
        }

        return watched;
    }

    /// <summary>
    /// Closes a connection without losing what was sent last: closing with unread bytes would reset it, and the client
    /// would see that instead of our sentence.
    /// </summary>
    public void Linger(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return;
        }

        lock (_gate)
        {
            if (!_stopping && _lingering.Count < limits.Lingering)
            {
                _lingering.Add((socket, Deadline.After(limits.Linger)));
                Wake_NeedsLock();
                return;
            }
        }

        socket.Dispose();
    }

    /// <summary>Ends all captures, now and to come.</summary>
    public void Stop()
    {
        Watched[] running;
        lock (_gate)
        {
            _stopping = true;
            running = [.. _running];
            foreach (var (socket, _) in _lingering)
            {
                socket.Dispose();
            }

            _lingering.Clear();
            Monitor.PulseAll(_gate);
        }

        foreach (var watched in running)
        {
            watched.Cancel();
        }
    }

    private void AddGone() => counters.AddGone();

    private void AddFault() => counters.AddFault();

    private void Wake_NeedsLock()
    {
        if (!_started)
        {
            _started = threads.TryStart("port watch", Run) is not null;
        }

        if (_idle)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        while (true)
        {
            Watched[] running;
            lock (_gate)
            {
                var idle = Deadline.After(limits.IdleThread);
                while (_running.Count + _lingering.Count == 0)
                {
                    if (_stopping || idle.Passed)
                    {
                        _started = false;
                        return;
                    }

                    _idle = true;
                    Monitor.Wait(_gate, TimeSpan.FromMilliseconds(Math.Max(1, idle.Remaining.TotalMilliseconds)));
                    _idle = false;
                }

                Drain_NeedsLock();
                running = [.. _running];
            }

            // Outside the lock: cancelling runs code of the engine.
            foreach (var watched in running)
            {
                watched.Look();
            }

            lock (_gate)
            {
                Monitor.Wait(_gate, limits.Watch);
            }
        }
    }

    private void Drain_NeedsLock()
    {
        Span<byte> waste = stackalloc byte[1024];
        for (var i = _lingering.Count - 1; i >= 0; i--)
        {
            var (socket, deadline) = _lingering[i];
            var reads = 0;
            var error = SocketError.Success;
            while (reads++ < 64 && socket.Receive(waste, SocketFlags.None, out error) > 0)
            {
            }

            if (error != SocketError.WouldBlock || deadline.Passed)
            {
                socket.Dispose();
                _lingering.RemoveAt(i);
            }
        }
    }

    /// <summary>A request being answered.</summary>
    internal sealed class Watched(ClientWatch watch, Socket socket) : IDisposable
    {
        // Never disposed: without timers and links there is nothing to free, and cancelling may come after the end.
        private readonly CancellationTokenSource _source = new();

        public CancellationToken Token => _source.Token;

        public void Dispose()
        {
            lock (watch._gate)
            {
                watch._running.Remove(this);
            }
        }

        public void Cancel()
        {
            try
            {
                _source.Cancel();
            }
            catch (AggregateException)
            {
                // A callback of whoever waits failed; the wait itself is over.
                watch.AddFault();
            }
        }

        public void Look()
        {
            if (_source.IsCancellationRequested)
            {
                return;
            }

            try
            {
                // Readable without bytes: the other end closed. Bytes are the next request, which waits its turn.
                if (!socket.Poll(0, SelectMode.SelectRead) || socket.Available > 0)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Closed under our hands: gone, as below.
            }

            watch.AddGone();
            Cancel();
        }
    }
}
