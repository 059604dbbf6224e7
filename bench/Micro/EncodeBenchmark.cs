using BenchmarkDotNet.Attributes;
using SelfProfiler.Encode;
using SelfProfiler.TestKit;

namespace SelfProfiler.Bench.Micro;

/// <summary>100,000 samples over 10,000 stacks of 30 frames, each under 10 traces, to gzipped pprof: at most 150 ms.</summary>
public class EncodeBenchmark
{
    private Profile _profile = null!;

    [Params(1_000, 100_000)]
    public int Samples { get; set; }

    [GlobalSetup]
    public void Setup() => _profile = SyntheticProfile.Large(ProfileKind.Cpu, Samples, Samples / 10).Build();

    [Benchmark]
    public void Pprof() => PprofEncoder.Write(_profile, Stream.Null);
}
