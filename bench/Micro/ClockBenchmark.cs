using BenchmarkDotNet.Attributes;
using SelfProfiler.Diagnostics;
using SelfProfiler.TestKit.Workloads;

namespace SelfProfiler.Bench.Micro;

/// <summary>One reading of the clocks of all threads.</summary>
public class ClockBenchmark
{
    private BlockedThreads? _threads;
    private ThreadClocks? _clocks;

    [Params(50, 300, 1_000)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _threads = new BlockedThreads(Threads);
        _clocks = new ThreadClocks();
        for (var i = 0; i < 5; i++)
        {
            _clocks.Read(Clock.Now);
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _clocks?.Dispose();
        _threads?.Dispose();
    }

    [Benchmark]
    public int Read() => _clocks!.Read(Clock.Now).Length;
}
