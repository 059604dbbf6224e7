using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace SelfProfiler.TestKit.Workloads;

/// <summary>Waits in each of the ways that managed code waits, and measures how long.</summary>
public sealed class Waiter
{
    private long _waitedNs;
    private long _runnableNs;

    public long WaitedNs => Interlocked.Read(ref _waitedNs);

    /// <summary>How much of it the threads stood still by themselves. Most ways of waiting spin first and give way to others, which on a busy machine may take them all their time.</summary>
    public long BlockedNs => WaitedNs - Interlocked.Read(ref _runnableNs);

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
        var runnable = RunnableNs();
        var start = Stopwatch.GetTimestamp();
        wait();
        Interlocked.Add(ref _waitedNs, (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        Interlocked.Add(ref _runnableNs, RunnableNs() - runnable);
        Waits++;
    }

    /// <summary>Time the calling thread ran, and time it would have liked to.</summary>
    private static long RunnableNs() => !OperatingSystem.IsLinux() ? 0
        : File.ReadAllText("/proc/thread-self/schedstat").Split(' ').Take(2).Sum(number => long.Parse(number, CultureInfo.InvariantCulture));

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
