namespace SelfProfiler.Recorder;

/// <summary>One wait of every sort, each on a thread of its own and each about as long.</summary>
internal static class WaitWork
{
    private const int Milliseconds = 30;

    public static void Run()
    {
        using var manual = new ManualResetEvent(false);
        using var slim = new ManualResetEventSlim();
        using var semaphore = new SemaphoreSlim(0);
        var monitor = new object();
        var contended = new object();
        var modern = new Lock();
        var task = new TaskCompletionSource();
        var pulsed = new object();
        var holders = new CountdownEvent(2);

        Workload.Run(
            () => Hold(contended, holders),
            () => Hold(modern, holders),
            () => Contend(contended, holders),
            () => Contend(modern, holders),
            () => manual.WaitOne(Milliseconds),
            () => slim.Wait(Milliseconds),
            () => semaphore.Wait(Milliseconds),
            () => task.Task.Wait(Milliseconds),
            () => MonitorWait(monitor),
            () => WaitForPulse(pulsed),
            () => Pulse(pulsed),
            () => Thread.Sleep(Milliseconds));
    }

    private static void Hold(object gate, CountdownEvent holders)
    {
        lock (gate)
        {
            holders.Signal();
            Thread.Sleep(Milliseconds);
        }
    }

    private static void Hold(Lock gate, CountdownEvent holders)
    {
        lock (gate)
        {
            holders.Signal();
            Thread.Sleep(Milliseconds);
        }
    }

    private static void Contend(object gate, CountdownEvent holders)
    {
        holders.Wait();
        lock (gate)
        {
            MarkEventSource.Log.Mark();
        }
    }

    private static void Contend(Lock gate, CountdownEvent holders)
    {
        holders.Wait();
        lock (gate)
        {
            MarkEventSource.Log.Mark();
        }
    }

    private static void MonitorWait(object gate)
    {
        lock (gate)
        {
            Monitor.Wait(gate, Milliseconds);
        }
    }

    private static void WaitForPulse(object gate)
    {
        lock (gate)
        {
            Monitor.Wait(gate, 10 * Milliseconds);
        }
    }

    // The woken thread has to contend for the lock inside its Monitor.Wait.
    private static void Pulse(object gate)
    {
        Thread.Sleep(Milliseconds);
        lock (gate)
        {
            Monitor.PulseAll(gate);
            Thread.Sleep(Milliseconds);
        }
    }
}
