using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

[Collection(OneTracker.Name)]
public sealed class UnloadTests
{
    [Fact]
    public void A_load_context_that_followed_requests_can_be_unloaded()
    {
        var (weak, current) = UseAndUnload();
        Eventually.UntilBlocking(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return !weak.IsAlive;
        });
        Assert.Null(current);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Context, Activity? Current) UseAndUnload()
    {
        var context = new AssemblyLoadContext("plug-in", isCollectible: true);
        var assembly = context.LoadFromAssemblyPath(typeof(ProfilingLabels).Assembly.Location);
        Assert.NotSame(typeof(ProfilingLabels).Assembly, assembly);
        var options = Activator.CreateInstance(assembly.GetType("SelfProfiler.LabelOptions", throwOnError: true)!);
        var type = assembly.GetType("SelfProfiler.Labels.ContextTracker", throwOnError: true)!;
        object tracker = Activator.CreateInstance(type, options)!;
        type.GetMethod("Start")!.Invoke(tracker, null);
        var done = Task.Run(async () =>
        {
            using var request = new Activity("request").Start();
            await Task.Yield();
            using var inner = new Activity("inner").Start();
            await Task.Delay(1);
        });
        done.GetAwaiter().GetResult();
        object requests = type.GetProperty("Requests")!.GetValue(tracker)!;
        Assert.Equal(1, requests.GetType().GetProperty("Count", BindingFlags.Public | BindingFlags.Instance)!.GetValue(requests));
        type.GetMethod("Stop")!.Invoke(tracker, null);
        context.Unload();
        return (new WeakReference(context), Activity.Current);
    }
}
