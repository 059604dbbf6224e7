using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SelfProfiler.TestKit.Workloads;

/// <summary>Sleeps: off the processor without an event that says so, the hard case of wall-clock profiles.</summary>
public sealed class Sleeper
{
    public long SleptNs { get; private set; }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Run(TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        Thread.Sleep(time);
        SleptNs += (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }
}
