using SelfProfiler.TestKit;

namespace SelfProfiler.EndToEnd.Tests;

/// <summary>Starts a profiler and waits until all its sources deliver.</summary>
internal static class Profilers
{
    public static async Task<ContinuousProfiler> StartAsync(ContinuousProfilingOptions? options = null, params IProfileExporter[] exporters)
    {
        var profiler = ContinuousProfiler.Start(options, exporters);
        await Ready(profiler);
        return profiler;
    }

    public static Task Ready(ContinuousProfiler profiler) => Eventually.Until(
        () => profiler.Status.Parts.All(part => part.State != PartState.Starting), TimeSpan.FromSeconds(30));
}
