using System.Globalization;
using SelfProfiler.Diagnostics;
using SelfProfiler.Kernel;
using SelfProfiler.TestKit;
using SelfProfiler.TestKit.Workloads;
using Xunit;
using Libc = SelfProfiler.Diagnostics.Libc;
using TruthTest = SelfProfiler.TestKit.Truth;

namespace SelfProfiler.EndToEnd.Tests.Truth;

/// <summary>Kernel samples against the clocks of the operating system. The work lies well inside the capture, so that its edges do not matter.</summary>
public sealed class KernelTruthTests
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1.5);
    private static readonly ContinuousProfilingOptions Options = new() { CpuSource = CpuSource.Kernel, Governor = false };

    [Fact]
    public Task A_split_of_60_30_10_its_count_and_its_roots_are_right() => TruthTest.Repeat(TimeSpan.FromSeconds(30), async duration =>
    {
        await using var profiler = await Profilers.StartAsync(Options);
        BusySplit[] splits = [new(), new()];
        var capture = profiler.CaptureAsync(ProfileKind.Cpu, duration + Slack);
        long used = BurnAll(splits.Select(split => (Action)(() => split.Run(duration))));
        var profile = await capture;

        double count = profile.CountOf("BusySplit.Run");
        Assert.True(count >= 200, $"{count} samples");
        Assert.True(count / (used / (double)KernelSamplerSettings.DefaultPeriod) is > 0.95 and < 1.05, $"{count} samples of {used / 1e6:0} ms");
        double total = splits.Sum(split => (double)split.TotalNs);
        double run = profile.ShareOf("BusySplit.Run");
        Near("Alpha", splits.Sum(split => split.AlphaShare * split.TotalNs) / total);
        Near("Beta", splits.Sum(split => split.BetaShare * split.TotalNs) / total);
        Near("Gamma", splits.Sum(split => split.GammaShare * split.TotalNs) / total);

        var (rooted, managed) = Roots(profile);
        Assert.True(rooted >= managed * 0.98, $"{rooted} of {managed} stacks reach the start of their thread\n{profile.ToFoldedText()}");

        void Near(string method, double truth)
        {
            // Two points; more only where other processes left so few samples that chance alone needs it.
            double found = profile.ShareOf("BusySplit." + method, leafOnly: true) / run;
            double bound = Math.Max(0.02, 3 * Math.Sqrt(truth * (1 - truth) / count));
            Assert.True(Math.Abs(found - truth) <= bound, $"{method}: {found:P1} instead of {truth:P1}, {count} samples\n{profile.ToFoldedText()}");
        }
    });

    [Theory]
    [InlineData("user", null)]
    [InlineData("system", "[kernel]")]
    [InlineData("gc", "[gc]")]
    public Task The_sum_is_the_clock_of_the_process(string kind, string? shows) => TruthTest.Repeat(TimeSpan.FromSeconds(5), async duration =>
    {
        await using var profiler = await Profilers.StartAsync(Options);
        var work = CpuKinds.Of(kind);
        var before = Clocks.Read();
        long captured = Clock.Now + (long)(duration + Slack).TotalNanoseconds;
        var capture = profiler.CaptureAsync(ProfileKind.Cpu, duration + Slack);
        BurnAll([() =>
        {
            for (long end = Clock.Now + (long)duration.TotalNanoseconds; Clock.Now < end;)
            {
                work();
            }
        }]);
        await Task.Delay(TimeSpan.FromTicks(Math.Max(0, captured - Clock.Now) / 100), TestContext.Current.CancellationToken); // the rest of the capture, with whatever the runtime does in it
        var after = Clocks.Read();
        var profile = await capture;

        double used = after.AppNs - before.AppNs;
        double waited = (after.DelayNs - before.DelayNs) / used;
        double bound = waited > 0.1 ? 0.10 : 0.05; // other processes load the machine: what runs and when is up to them
        double found = profile.Total() / used;
        Assert.True(Math.Abs(found - 1) <= bound, $"{found:P1} of {used / 1e6:0} ms, {waited:P0} waited for a processor\n{profile.ToFoldedText()}");
        Assert.True(shows is null || profile.ShareOf(shows) > 0.05, profile.ToFoldedText());
    });

    private static long BurnAll(IEnumerable<Action> works)
    {
        long used = 0;
        var threads = works.Select(work => new Thread(() =>
        {
            long start = Libc.ThreadCpuNs();
            work();
            Interlocked.Add(ref used, Libc.ThreadCpuNs() - start);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return used;
    }

    /// <summary>Every thread starts in the C library.</summary>
    private static (long Rooted, long Managed) Roots(Profile profile)
    {
        long rooted = 0, managed = 0;
        foreach (var sample in profile.Data.Samples)
        {
            var stack = ProfileAssertions.Stack(profile.Data, sample.LeafNode).ToList();
            if (stack.Exists(frame => frame.Contains('(', StringComparison.Ordinal)))
            {
                managed += sample.Count;
                rooted += stack[^1] == "libc" ? sample.Count : 0;
            }
        }

        return (rooted, managed);
    }

    /// <summary>What the process has used without the profiler's own threads, and how long its threads stood in the queue for a processor.</summary>
    private sealed record Clocks(double AppNs, double DelayNs)
    {
        public static Clocks Read()
        {
            double own = 0, delay = 0;
            foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
            {
                try
                {
                    var kind = ThreadNames.KindOf(File.ReadAllBytes(Path.Combine(task, "comm")));
                    var fields = File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ');
                    own += kind is ThreadKind.Own or ThreadKind.EventPipe ? double.Parse(fields[0], CultureInfo.InvariantCulture) : 0;
                    delay += kind is ThreadKind.App ? double.Parse(fields[1], CultureInfo.InvariantCulture) : 0;
                }
                catch (IOException)
                {
                    // It has ended.
                }
            }

            return new Clocks(Libc.ProcessCpuNs() - own, delay);
        }
    }
}
