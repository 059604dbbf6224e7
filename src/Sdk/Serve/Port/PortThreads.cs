using SelfProfiler.Diagnostics;

namespace SelfProfiler.Serve.Port;

/// <summary>Starts the port's threads, so that every one is named, known to the engine, and never the cause of a crash.</summary>
/// <param name="counters">Counts what escapes a thread's body.</param>
/// <param name="running">Told the operating system's id of each thread when it begins (true) and ends (false), on that thread: samples of them are left out of profiles.</param>
internal sealed class PortThreads(PortCounters counters, Action<int, bool>? running)
{
    /// <summary>Encoders and gzip need little; nothing here recurses.</summary>
    private const int StackBytes = 512 * 1024;

    /// <returns>Null when the system gives no more threads, which is counted.</returns>
    public Thread? TryStart(string name, Action body)
    {
        try
        {
            var thread = new Thread(() => Run(body), StackBytes) { IsBackground = true, Name = "SelfProfiler " + name };

            // Without the context of whoever came first: it would be kept alive for as long as the thread.
            thread.UnsafeStart();
            return thread;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            counters.AddFault();
            return null;
        }
    }

    private void Run(Action body)
    {
        try
        {
            running?.Invoke(Libc.ThreadId(), true);
            body();
        }
        catch (Exception)
        {
            counters.AddFault();
        }
        finally
        {
            End();
        }
    }

    private void End()
    {
        try
        {
            running?.Invoke(Libc.ThreadId(), false);
        }
        catch (Exception)
        {
            counters.AddFault();
        }
    }
}
