using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SelfProfiler.TestKit.Workloads;

/// <summary>Waits in each of the ways that managed code waits, and measures how long.</summary>
public sealed class Waiter
{
    private long _waitedNs;

    public long WaitedNs => Interlocked.Read(ref _waitedNs);

    public int Waits { get; private set; }

    /// <summary>Five waits, one of each kind, on the calling thread.</summary>
    public void Run(TimeSpan each)
    {
        using var handle = new ManualResetEvent(false);
        using var slim = new ManualResetEventSlim();
        using var semaphore = new SemaphoreSlim(0);
        var monitor = new object();
        var never = new TaskCompletionSource();
        Measure(() => OnEvent(handle, each));
        Measure(() => slim.Wait(each));
        Measure(() => semaphore.Wait(each));
        Measure(() => OnMonitor(monitor, each));
        Measure(() => never.Task.Wait(each));
    }

    private void Measure(Action wait)
    {
        var start = Stopwatch.GetTimestamp();
        wait();
        Interlocked.Add(ref _waitedNs, (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        Waits++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void OnEvent(ManualResetEvent handle, TimeSpan time) => handle.WaitOne(time);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void OnMonitor(object monitor, TimeSpan time)
    {
        lock (monitor)
        {
            Monitor.Wait(monitor, time);
        }
    }
}
