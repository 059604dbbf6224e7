using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace SelfProfiler.Recorder;

/// <summary>A stream to record: what runs, and what the session asks for.</summary>
internal sealed record Scenario(
    string Name,
    string Workload,
    EventPipeProvider[] Providers,
    long RundownKeywords = 0,
    int BufferMegabytes = 64,
    bool Compress = true)
{
    private const long Gc = 0x1;
    private const long Loader = 0x8;
    private const long Jit = 0x10;
    private const long Contention = 0x4000;
    private const long Exceptions = 0x8000;
    private const long ILMap = 0x20000;
    private const long Waits = 0x40000000000;
    private const long AllocationSampling = 0x80000000000;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("tiny", "tiny", [Runtime(Exceptions, EventLevel.Informational), Marks], Compress: false),
        new("kinds", "kinds", [Runtime(Gc | Contention | Exceptions | AllocationSampling, EventLevel.Informational), Marks]),
        new("waits", "kinds", [Runtime(Contention | Waits, EventLevel.Verbose), Marks]),
        new("waits-alone", "kinds", [Runtime(Waits, EventLevel.Verbose), Marks]),
        new("ticks", "ticks", [Ticks, Runtime(Gc, EventLevel.Informational), Marks]),
        new("verbose-gc", "verbose-gc", [Runtime(Gc, EventLevel.Verbose)]),
        new("methods", "methods", [Runtime(Loader | Jit | ILMap, EventLevel.Verbose)], RundownKeywords: Loader | Jit | ILMap),
        new("web", "web", [Ticks, Runtime(Gc | Contention | Exceptions | AllocationSampling, EventLevel.Informational)], RundownKeywords: Loader | Jit),
        new("regions", "regions", [Marks]),
        new("losses", "losses", [Marks], BufferMegabytes: 1),
    ];

    private static EventPipeProvider Ticks => new("Microsoft-DotNETCore-SampleProfiler", EventLevel.Informational);

    private static EventPipeProvider Marks => new(MarkEventSource.ProviderName, EventLevel.Verbose);

    private static EventPipeProvider Runtime(long keywords, EventLevel level) =>
        new("Microsoft-Windows-DotNETRuntime", level, keywords);
}
