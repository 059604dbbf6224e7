namespace SelfProfiler.Session;

/// <summary>Records traces for whoever asks, one at a time: each suspends the process for every tick, as <c>dotnet-trace</c> does.</summary>
internal sealed class TraceRecorder(Func<DiagnosticSocket> socket)
{
    private readonly Lock _gate = new();
    private TraceRecording? _current; // guarded by _gate
    private bool _stopped; // guarded by _gate

    /// <summary>What traces did not get.</summary>
    public TraceCounters Counters { get; } = new();

    /// <summary>One is being recorded, or its session is still being stopped.</summary>
    public bool Runs
    {
        get
        {
            lock (_gate)
            {
                return _current is { IsOver: false };
            }
        }
    }

    /// <exception cref="TooManyCapturesException">One is being recorded.</exception>
    public TraceRecording Begin(TimeSpan duration)
    {
        lock (_gate)
        {
            if (_stopped)
            {
                throw new InvalidOperationException("The profiler of this process has stopped.");
            }

            if (_current is { IsOver: false })
            {
                throw new TooManyCapturesException("A trace is being recorded, and one at a time is the limit because it suspends the process for every tick: wait for it to end.");
            }

            _current = new TraceRecording(socket, duration, Counters);
            _current.Start();
            return _current;
        }
    }

    /// <summary>Whoever waits for a trace gets what was recorded so far.</summary>
    public void End()
    {
        lock (_gate)
        {
            _current?.End();
        }
    }

    /// <summary>Nothing runs when this returns, or its stream is closed and it ends with the runtime's answer. No other begins.</summary>
    public void Stop(TimeSpan deadline)
    {
        TraceRecording? current;
        lock (_gate)
        {
            _stopped = true;
            current = _current;
        }

        if (current is { IsOver: false })
        {
            current.Abort();
            if (!current.Join(deadline))
            {
                current.Abort(); // It may have begun to read its end in between.
            }
        }
    }
}

/// <summary>Traces that are not what was asked for. Counted by the threads that record them.</summary>
internal sealed class TraceCounters
{
    private long _full;
    private long _slow;

    /// <summary>Traces that ended early because they reached <see cref="Limits.TraceBytes"/>.</summary>
    public long Full => Interlocked.Read(ref _full);

    /// <summary>Traces whose reader did not take its blocks in time: the runtime kept what came, and dropped what it could not keep. The trace tells how much.</summary>
    public long Slow => Interlocked.Read(ref _slow);

    public void AddFull() => Interlocked.Increment(ref _full);

    public void AddSlow() => Interlocked.Increment(ref _slow);
}
