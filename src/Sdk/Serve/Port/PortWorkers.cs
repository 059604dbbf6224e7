namespace SelfProfiler.Serve.Port;

/// <summary>The threads that answer: started when a connection waits and all others are at work, ended when they have been idle for a while.</summary>
internal sealed class PortWorkers(PortContext port)
{
    private readonly object _gate = new();

    // Guarded by _gate.
    private readonly Queue<PortConnection> _waiting = [];
    private readonly List<PortConnection> _active = [];
    private int _threads;
    private int _idle;

    // Written under _gate, read anywhere.
    private volatile bool _stopping;
    private volatile bool _crowded;

    /// <summary>Connections wait for a thread and there will be no more threads: those that have been served close after their answer.</summary>
    public bool OthersWait => _crowded || _stopping;

    public bool Stopping => _stopping;

    public int Threads
    {
        get
        {
            lock (_gate)
            {
                return _threads;
            }
        }
    }

    /// <summary>Has a connection served. False: there is no place.</summary>
    public bool TryAdd(PortConnection connection)
    {
        lock (_gate)
        {
            if (_stopping || _active.Count + _waiting.Count >= port.Limits.Threads + port.Limits.Waiting)
            {
                return false;
            }

            _waiting.Enqueue(connection);
            if (_waiting.Count <= _idle)
            {
                Monitor.Pulse(_gate);
            }
            else if (_threads < port.Limits.Threads && port.Threads.TryStart("port", Run) is not null)
            {
                _threads++;
            }
            else
            {
                // No more threads, or none to be had: the connection waits for one of those there are.
                _crowded = true;
                GiveWay_NeedsLock();
            }

            return true;
        }
    }

    /// <summary>Ends everything: idle connections at once, answers under way when they are done, the rest at the deadline.</summary>
    /// <returns>Whether all threads have ended.</returns>
    public bool Stop(TimeSpan timeout)
    {
        var deadline = Deadline.After(timeout);
        lock (_gate)
        {
            _stopping = true;
            while (_waiting.TryDequeue(out var connection))
            {
                connection.Abort();
            }

            _crowded = false;
            foreach (var connection in _active)
            {
                connection.TryGiveWay(TimeSpan.Zero);
            }

            Monitor.PulseAll(_gate);
            while (_threads > 0 && !deadline.Passed)
            {
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(Math.Max(1, deadline.Remaining.TotalMilliseconds)));
            }

            foreach (var connection in _active)
            {
                connection.Abort();
            }

            return _threads == 0;
        }
    }

    private void GiveWay_NeedsLock()
    {
        foreach (var connection in _active)
        {
            if (connection.TryGiveWay(port.Limits.GivesWayAfter))
            {
                port.Counters.AddGaveWay();
                return;
            }
        }
    }

    private void Run()
    {
        while (Take() is { } connection)
        {
            try
            {
                connection.Run();
            }
            finally
            {
                lock (_gate)
                {
                    _active.Remove(connection);
                }
            }
        }
    }

    /// <returns>Null: this thread ends.</returns>
    private PortConnection? Take()
    {
        lock (_gate)
        {
            var deadline = Deadline.After(port.Limits.IdleThread);
            while (_waiting.Count == 0)
            {
                if (_stopping || deadline.Passed)
                {
                    _threads--;
                    Monitor.PulseAll(_gate);
                    return null;
                }

                _idle++;
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(Math.Max(1, deadline.Remaining.TotalMilliseconds)));
                _idle--;
            }

            var connection = _waiting.Dequeue();
            _crowded = _crowded && _waiting.Count > 0;
            _active.Add(connection);
            return connection;
        }
    }
}
