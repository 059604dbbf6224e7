using SelfProfiler.Diagnostics;

namespace SelfProfiler.Session;

/// <summary>The one thread that reads every source: sessions' sockets, kernel rings, commands, and a regular turn.</summary>
/// <remarks>
/// Nothing it runs may create an EventSource, touch the thread pool or wait for a lock that is held for long: the runtime may
/// wait for this thread to read. An exception of a callback is counted and reported; it never ends the thread.
/// </remarks>
internal sealed class Pump : IDisposable
{
    private readonly PumpOptions _options;
    private readonly Mailbox<Action> _commands = new(Limits.PumpCommands, Limits.VitalPumpCommands);
    private readonly WakeEvent _wake = new();
    private readonly PumpDescriptors _descriptors;
    private readonly Thread _thread;
    private long _interval; // pump only, once it runs
    private volatile bool _stopping;
    private volatile int _threadId;

    // Written by the pump; read by anyone.
    private long _turns;
    private long _errors;
    private long _longestTurn;
    private long _lastTurn = long.MaxValue;

    public Pump(PumpOptions options)
    {
        _options = options;
        _interval = (long)options.TurnInterval.TotalNanoseconds;
        _descriptors = new PumpDescriptors(options.BufferBytes, Report);
        _thread = new Thread(Run) { IsBackground = true, Name = "SelfProfiler pump" };
    }

    /// <summary>The operating system's id of the thread; 0 until it runs.</summary>
    public int ThreadId => _threadId;

    /// <summary>When the last turn began (monotonic ns); far in the future before the first and after the last.</summary>
    public long LastTurn => Volatile.Read(ref _lastTurn);

    /// <summary>The thread does not interrupt threads of the application when it wakes up, see <see cref="Scheduling"/>. Any thread.</summary>
    public bool GivesWay { get; private set; }

    /// <summary>From the beginning of one turn to the next from now on. Pump only.</summary>
    public long IntervalNs
    {
        get => _interval;
        set => _interval = value;
    }

    public bool OnPump => Thread.CurrentThread == _thread;

    public PumpCounts Counts => new(
        Volatile.Read(ref _turns),
        _descriptors.Bytes,
        Volatile.Read(ref _errors),
        _commands.Refused,
        _descriptors.Count,
        Volatile.Read(ref _longestTurn));

    public void Start() => _thread.UnsafeStart();

    /// <summary>The pump owns the descriptor from now on: it closes it after <see cref="PumpSource.OnClosed"/>. False: refused, the caller still owns it.</summary>
    public bool Attach(int descriptor, PumpSource source) => Post(() => _descriptors.Add(descriptor, source), vital: true);

    /// <summary>Stops reading and closes. Nothing happens when the source has been closed before.</summary>
    public bool Detach(PumpSource source) => Post(() => _descriptors.Remove(source), vital: true);

    /// <summary>Runs a command on the pump, in order. False: the queue is full or the pump has stopped; counted.</summary>
    /// <param name="command">What to run.</param>
    /// <param name="vital">Something would be wrong for good without it, and few of its kind can wait at a time: it has room of its own.</param>
    public bool Post(Action command, bool vital = false)
    {
        if (!_commands.TryPut(command, vital))
        {
            return false;
        }

        _wake.Set();
        return true;
    }

    /// <summary>Ends the thread; sources get <see cref="PumpClose.PumpStopped"/>. False: it did not end in time.</summary>
    public bool Stop(TimeSpan deadline)
    {
        _commands.Close();
        _stopping = true;
        if ((_thread.ThreadState & ThreadState.Unstarted) != 0)
        {
            RunCommands();
            _descriptors.CloseAll();
            return true;
        }

        _wake.Set();
        return !OnPump && _thread.Join(deadline);
    }

    public void Dispose()
    {
        // A thread that still runs needs its descriptor: leaking one number is better than reading a stranger's.
        if (Stop(TimeSpan.FromSeconds(2)))
        {
            _wake.Dispose();
        }
    }

    private void Run()
    {
        _threadId = Math.Max(0, Libc.ThreadId());
        GivesWay = Scheduling.GiveWay();
        long lastTurn = long.MinValue / 2;
        while (!_stopping)
        {
            long start = Clock.Now;
            Volatile.Write(ref _lastTurn, start);
            try
            {
                RunCommands();
                if (start >= lastTurn + _interval) // a command may have shortened it
                {
                    lastTurn = start;
                    _options.OnTurn?.Invoke(start);
                }
            }
            catch (Exception exception)
            {
                Report("a turn of the pump", exception);
            }

            Volatile.Write(ref _turns, _turns + 1);
            long now = Clock.Now;
            Volatile.Write(ref _longestTurn, Math.Max(_longestTurn, now - start));
            try
            {
                _descriptors.PollOnce(_wake, now, lastTurn + _interval);
            }
            catch (Exception exception)
            {
                Report("reading on the pump", exception);
            }
        }

        RunCommands();
        _descriptors.CloseAll();
        Volatile.Write(ref _lastTurn, long.MaxValue);
    }

    private void RunCommands()
    {
        // Those that were there at the beginning: a command that posts its next piece must not starve the reading.
        for (int left = _commands.Count; left > 0 && _commands.TryTake() is { } command; left--)
        {
            try
            {
                command();
            }
            catch (Exception exception)
            {
                Report("a command on the pump", exception);
            }
        }
    }

    private void Report(string where, Exception exception)
    {
        Volatile.Write(ref _errors, _errors + 1);
        try
        {
            _options.OnError?.Invoke(where, exception);
        }
        catch (Exception)
        {
            // The reporter itself failed: the count above is what remains visible.
            Volatile.Write(ref _errors, _errors + 1);
        }
    }
}
