using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SelfProfiler.TestKit.Workloads;

/// <summary>Threads that fight for one lock and measure how long each waited for it.</summary>
public sealed class LockFight
{
    private readonly object _gate = new();
    private long _waitedNs;
    private long _entered;

    /// <summary>Time between asking for the lock and having it, over all threads.</summary>
    public long WaitedNs => Interlocked.Read(ref _waitedNs);

    public long Entered => Interlocked.Read(ref _entered);

    /// <summary>Fights for a time; each holder sleeps with the lock held, so that the others wait rather than spin.</summary>
    public void Run(int threads, TimeSpan time, TimeSpan hold)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var fighters = Enumerable.Range(0, threads).Select(i => new Thread(() => Fight(end, hold)) { Name = $"fighter {i}" }).ToList();
        fighters.ForEach(fighter => fighter.Start());
        fighters.ForEach(fighter => fighter.Join());
    }

    private void Fight(long end, TimeSpan hold)
    {
        while (Stopwatch.GetTimestamp() < end)
        {
            TakeTurn(hold);
            Thread.Yield();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeTurn(TimeSpan hold)
    {
        var asked = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            Interlocked.Add(ref _waitedNs, (long)Stopwatch.GetElapsedTime(asked).TotalNanoseconds);
            Interlocked.Increment(ref _entered);
            Thread.Sleep(hold);
        }
    }
}
