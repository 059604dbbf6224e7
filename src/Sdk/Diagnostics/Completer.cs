namespace SelfProfiler.Diagnostics;

/// <summary>A thread that finishes what the pump must not: completing tasks wakes the pool, and a pump that waits for the pool can deadlock with the runtime.</summary>
internal sealed class Completer : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private readonly AutoResetEvent _wake = new(false);
    private Queue<Action> _actions = new();
    private Queue<Action> _running = new();
    private bool _stopped;

    public Completer()
    {
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = ThreadNames.OwnPrefix + " completer" };
        _thread.UnsafeStart();
    }

    /// <summary>Bounded by what is asked of the engine: one entry for each capture.</summary>
    public void Post(Action action)
    {
        lock (_gate)
        {
            _actions.Enqueue(action);
        }

        _wake.Set();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
        }

        _wake.Set();
    }

    private void Run()
    {
        while (true)
        {
            _wake.WaitOne();
            bool stopped;
            lock (_gate)
            {
                (_actions, _running) = (_running, _actions);
                stopped = _stopped;
            }

            while (_running.TryDequeue(out var action))
            {
                action();
            }

            if (stopped)
            {
                return; // the event stays: somebody may still post, and nothing happens then
            }
        }
    }
}
