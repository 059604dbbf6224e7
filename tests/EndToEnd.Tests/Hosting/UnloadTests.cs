using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Hosting;

/// <summary>A plug-in that brought the profiler along, used it and left.</summary>
public sealed class UnloadTests
{
    [Theory]
    [InlineData("Auto")]
    [InlineData("EventPipe")]
    public void A_load_context_that_used_the_profiler_can_be_unloaded(string source)
    {
        var weak = UseAndUnload(source);
        Eventually.UntilBlocking(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return !weak.IsAlive;
        });
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseAndUnload(string source)
    {
        var context = new AssemblyLoadContext("plug-in", isCollectible: true);
        var assembly = context.LoadFromAssemblyPath(typeof(ContinuousProfiler).Assembly.Location);
        Assert.NotSame(typeof(ContinuousProfiler).Assembly, assembly);

        // As a plug-in would, but by name: the types here are those of the other copy.
        var options = Activator.CreateInstance(assembly.GetType(typeof(ContinuousProfilingOptions).FullName!, throwOnError: true)!)!;
        var cpuSource = options.GetType().GetProperty(nameof(ContinuousProfilingOptions.CpuSource))!;
        cpuSource.SetValue(options, Enum.Parse(cpuSource.PropertyType, source));
        options.GetType().GetProperty(nameof(ContinuousProfilingOptions.Governor))!.SetValue(options, false);
        var type = assembly.GetType(typeof(ContinuousProfiler).FullName!, throwOnError: true)!;
        var noExporters = Array.CreateInstance(assembly.GetType(typeof(IProfileExporter).FullName!, throwOnError: true)!, 0);
        object profiler = type.GetMethod(nameof(ContinuousProfiler.Start))!.Invoke(null, [options, noExporters])!;

        Eventually.UntilBlocking(() => Samples(profiler) > 20, TimeSpan.FromSeconds(60), "samples");
        ((IAsyncDisposable)profiler).DisposeAsync().AsTask().GetAwaiter().GetResult();
        context.Unload();
        return new WeakReference(context);
    }

    private static long Samples(object profiler)
    {
        // In a context of its own: what the caller's context carries would keep the plug-in as long as the caller lives.
        Task.Run(static () =>
        {
            using var request = new Activity("request").Start();
            Thread.SpinWait(10_000_000);
        }).GetAwaiter().GetResult();
        object status = profiler.GetType().GetProperty(nameof(ContinuousProfiler.Status))!.GetValue(profiler)!;
        return (long)status.GetType().GetProperty(nameof(ProfilerStatus.Samples))!.GetValue(status)!;
    }
}
