using System.IO.Pipes;
using SelfProfiler.TestKit;
using Xunit;
using Libc = SelfProfiler.Diagnostics.Libc;
using TruthTest = SelfProfiler.TestKit.Truth;

namespace SelfProfiler.EndToEnd.Tests.Truth;

/// <summary>Threads that switch so often that the events of threads exceed the budget: kernel samples are thinned, and what is said of CPU stays true.</summary>
public sealed class KernelThinningTests
{
    private static readonly ContinuousProfilingOptions Options = new() { CpuSource = CpuSource.Kernel, KernelAllProcesses = false, Waits = false, OverheadBudget = 0.0005 };
    private static double _sink;
    private volatile bool _over;
    private long _burnt;

    [Fact]
    public Task Samples_are_thinned_and_a_capture_gets_the_cpu_of_its_own_time() => TruthTest.Repeat(TimeSpan.FromSeconds(6), async duration =>
    {
        await using var profiler = await Profilers.StartAsync(Options);
        Assert.SkipWhen(profiler.Status.CpuSource != CpuSource.Kernel, "Needs perf events.");
        _over = false;
        using var there = new AnonymousPipeServerStream(PipeDirection.Out);
        using var thereEnd = new AnonymousPipeClientStream(PipeDirection.In, there.ClientSafePipeHandle);
        using var back = new AnonymousPipeServerStream(PipeDirection.Out);
        using var backEnd = new AnonymousPipeClientStream(PipeDirection.In, back.ClientSafePipeHandle);
        Thread[] threads = [new(Burn), new(() => Ask(there, backEnd)), new(() => Answer(thereEnd, back))];
        Array.ForEach(threads, thread => thread.Start());
        try
        {
            await Eventually.Until(() => profiler.Status.Notes.Any(note => note.StartsWith("CPU samples are taken", StringComparison.Ordinal)), TimeSpan.FromSeconds(60));
            Assert.InRange(profiler.Status.CpuSampledShare, 0.1, 0.9);

            // Long enough for some time without samples, whose CPU must not appear in the capture.
            await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
            long before = Interlocked.Read(ref _burnt);
            var profile = await profiler.CaptureAsync(ProfileKind.Cpu, duration);
            long used = Interlocked.Read(ref _burnt) - before;

            double found = profile.Total() * profile.ShareOf(nameof(KernelThinningTests) + "." + nameof(Burn));
            Assert.True(found / used is > 0.85 and < 1.1, $"{found / 1e6:0} ms of {used / 1e6:0} ms, sampled {profile.CountOf("KernelThinningTests.Burn")} times, {string.Join(" ", profile.Data.Comments)}");
            Assert.True(profile.CountOf("KernelThinningTests.Burn") >= 50, $"{profile.CountOf("KernelThinningTests.Burn")} samples of {used / 1e6:0} ms, {string.Join(" ", profile.Data.Comments)}");
        }
        finally
        {
            _over = true;
            Array.ForEach(threads, thread => thread.Join());
        }
    });

    private void Burn()
    {
        long start = Libc.ThreadCpuNs();
        while (!_over)
        {
            double x = 1;
            for (int i = 0; i < 100_000; i++)
            {
                x = (x * 1.0000001) + 0.1;
            }

            _sink = x;
            Interlocked.Exchange(ref _burnt, Libc.ThreadCpuNs() - start);
        }
    }

    private void Ask(Stream there, Stream back)
    {
        while (!_over)
        {
            there.WriteByte(1);
            back.ReadByte();
            Thread.SpinWait(2_000); // some thousand switches a second: too dear for the budget, not for that of a capture
        }

        there.WriteByte(0);
    }

    private static void Answer(Stream there, Stream back)
    {
        int ball;
        while ((ball = there.ReadByte()) > 0)
        {
            back.WriteByte((byte)ball);
        }
    }
}
