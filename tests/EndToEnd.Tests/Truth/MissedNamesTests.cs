using System.Runtime.CompilerServices;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Truth;

public sealed class MissedNamesTests
{
    private static double _sink;

    [Fact]
    public async Task Code_that_was_compiled_while_the_profiler_was_off_gets_its_name()
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { Governor = false });
        profiler.Enabled = false;
        await Eventually.Until(() => profiler.Status.Parts.Single(part => part.Name == "methods").State != PartState.Running, TimeSpan.FromSeconds(30));
        var stop = new CancellationTokenSource();
        using var compiled = new ManualResetEventSlim();
        var busy = new Thread(() =>
        {
            CompiledOnce(1_000);
            compiled.Set();
            while (!stop.IsCancellationRequested)
            {
                CompiledOnce(1_000_000);
            }
        });
        busy.Start();
        compiled.Wait(TestContext.Current.CancellationToken);
        profiler.Enabled = true;
        await Profilers.Ready(profiler);

        // Nobody listened when it was compiled: a list has to tell, and lists are not made twice in ten seconds.
        double share = 0;
        for (var end = DateTime.UtcNow + TimeSpan.FromSeconds(45); share < 0.2 && DateTime.UtcNow < end;)
        {
            share = (await profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromSeconds(1))).ShareOf(nameof(CompiledOnce));
        }

        await stop.CancelAsync();
        busy.Join();
        Assert.InRange(share, 0.2, 1.0);
    }

    /// <summary>Never compiled again, as code that has reached its last tier.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void CompiledOnce(int turns)
    {
        double x = 1;
        for (int i = 0; i < turns; i++)
        {
            x = (x * 1.0000001) + 0.1;
        }

        _sink = x;
    }
}
