using Microsoft.Extensions.Logging;

namespace SelfProfiler.Diagnostics;

/// <summary>A thread that finishes what the pump must not: completing tasks wakes the pool, and a pump that waits for the pool can deadlock with the runtime.</summary>
internal sealed class Completer : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private readonly AutoResetEvent _wake = new(false);
    private Queue<Action> _actions = new();
    private Queue<Action> _running = new();
    private readonly Action<Notice> _notify;
    private bool _stopped;
    private long _errors;

    /// <param name="notify">Told of the first exception of an action; the others are counted. Called on the thread.</param>
    public Completer(Action<Notice> notify)
    {
        _notify = notify;
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = ThreadNames.OwnPrefix + " completer" };
        _thread.UnsafeStart();
    }

    /// <summary>Actions that ended with an exception. Any thread.</summary>
    public long Errors => Interlocked.Read(ref _errors);

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
                Do(action);
            }

            if (stopped)
            {
                return; // the event stays: somebody may still post, and nothing happens then
            }
        }
    }

    /// <summary>An exception here would end the process: of a logger that fails, or because the system has no thread to give.</summary>
    private void Do(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            if (Interlocked.Increment(ref _errors) == 1)
            {
                // What this throws is counted, too.
                Do(() => _notify(new Notice(LogLevel.Error, NoticeIds.PumpFault, $"An error in background work was contained; further ones are only counted. {exception}")));
            }
        }
    }
}
