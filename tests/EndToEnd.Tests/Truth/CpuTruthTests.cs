using System.Diagnostics;
using SelfProfiler.TestKit;
using SelfProfiler.TestKit.Workloads;
using Xunit;
using TruthTest = SelfProfiler.TestKit.Truth;

namespace SelfProfiler.EndToEnd.Tests.Truth;

/// <summary>CPU from the runtime's ticks; for samples of the kernel see <see cref="KernelTruthTests"/>.</summary>
public sealed class CpuTruthTests
{
    [Fact]
    public Task A_split_of_60_30_10_is_found() => TruthTest.Repeat(TimeSpan.FromSeconds(10), async duration =>
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { CpuSource = CpuSource.EventPipe, Governor = false });
        var split = new BusySplit();
        var busy = split.Start(duration + TimeSpan.FromSeconds(3));
        var profile = await profiler.CaptureAsync(ProfileKind.Cpu, duration);
        busy.Join();

        double all = profile.ShareOf("BusySplit.Run");
        Assert.True(all > 0.5, "The busy thread has " + all + "\n" + profile.ToFoldedText());

        // Ticks of one window are alike, so windows count.
        double observations = TickWindowsOf(profile);
        Assert.True(observations >= 5, "observations: " + observations);
        Near(split.AlphaShare, profile.ShareOf("BusySplit.Alpha", leafOnly: true) / all, observations, profile);
        Near(split.BetaShare, profile.ShareOf("BusySplit.Beta", leafOnly: true) / all, observations, profile);
        Near(split.GammaShare, profile.ShareOf("BusySplit.Gamma", leafOnly: true) / all, observations, profile);
    });

    [Fact]
    public Task The_sum_is_the_cpu_time_of_the_process() => TruthTest.Repeat(TimeSpan.FromSeconds(6), async duration =>
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { CpuSource = CpuSource.EventPipe });
        var stop = new CancellationTokenSource();
        var busy = new BusySplit().Start(TimeSpan.FromMinutes(1), stop.Token);
        using var blocked = new BlockedThreads(20);
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);

        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var profile = await profiler.CaptureAsync(ProfileKind.Cpu, duration);
        var used = Process.GetCurrentProcess().TotalProcessorTime - before;
        await stop.CancelAsync();
        busy.Join();

        // The capture returns up to 0.7 s after its end: the clock has gone on meanwhile, as the busy thread has.
        double perSecond = used.TotalSeconds / (duration.TotalSeconds + 0.6);
        double found = profile.Total() / 1e9 / duration.TotalSeconds;
        Assert.InRange(found / perSecond, 0.90, 1.10);
        Assert.True(profile.ShareOf("BlockedThreads.Wait") < 0.01, profile.ToFoldedText());
    });

    private static void Near(double truth, double found, double observations, Profile profile)
    {
        double sigma = Math.Sqrt(truth * (1 - truth) / observations);
        Assert.True(Math.Abs(found - truth) <= Math.Max(3 * sigma, 0.02), $"{found:P1} instead of {truth:P1}, 3 sigma {3 * sigma:P1}\n{profile.ToFoldedText()}");
    }

    private static double TickWindowsOf(Profile profile)
    {
        string comment = profile.Data.Comments.Single(text => text.Contains("tick windows", StringComparison.Ordinal));
        return double.Parse(comment.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
