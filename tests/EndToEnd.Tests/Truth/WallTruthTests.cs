using System.Diagnostics;
using System.Runtime.CompilerServices;
using SelfProfiler.TestKit;
using SelfProfiler.TestKit.Workloads;
using Xunit;
using TruthTest = SelfProfiler.TestKit.Truth;

namespace SelfProfiler.EndToEnd.Tests.Truth;

/// <summary>Labelled work that computes, waits, fights for a lock and sleeps, against what it measured of itself.</summary>
public sealed class WallTruthTests
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(40);

    [Fact]
    public Task All_time_of_a_request_is_accounted_for_once() => TruthTest.Repeat(TimeSpan.FromSeconds(5), async duration =>
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { Governor = false });
        var capture = profiler.CaptureAsync(ProfileKind.Wall, duration + Slack);
        var request = new Request();
        request.Run(duration);
        var profile = await capture;

        double found = profile.SumWhere("work", "request");
        string facts = $"{found / request.OnThreadNs:P1} of {request.OnThreadNs / 1e6:0} ms\n{profile.ToFoldedText()}";
        Assert.True(found / request.OnThreadNs is > 0.95 and < 1.05, facts);

        // The lock waits by way of an event: were that wait counted beside the contention, the fight would have twice its time.
        double fought = profile.Total() * profile.ShareOf("Request.Fight");
        Assert.True(fought / request.FoughtNs is > 0.90 and < 1.10, $"{fought / request.FoughtNs:P1} of the fight\n{facts}");
        double waited = profile.Total() * profile.ShareOf("Request.Wait");
        Assert.True(waited / request.WaitedNs is > 0.90 and < 1.10, $"{waited / request.WaitedNs:P1} of the wait\n{facts}");
    });

    [Fact]
    public Task Ticks_show_where_it_slept() => TruthTest.Repeat(TimeSpan.FromSeconds(3), async duration =>
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { CpuSource = CpuSource.Kernel });
        var capture = profiler.Host.CaptureAsync(
            ProfileKind.Wall, duration + Slack, new ProfileFilter(), TestContext.Current.CancellationToken, ticks: true);
        var sleeper = new Sleeper();
        await Task.Factory.StartNew(
            () =>
            {
                using (ProfilingLabels.Begin("work", "sleep"))
                {
                    while (sleeper.SleptNs < duration.TotalNanoseconds)
                    {
                        sleeper.Run(Turn);
                    }
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var profile = await capture;

        double seen = profile.Total() * profile.ShareOf("Sleeper.Run");
        Assert.True(seen / sleeper.SleptNs is > 0.5 and < 1.05, $"{seen / sleeper.SleptNs:P1} of {sleeper.SleptNs / 1e6:0} ms\n{string.Join('\n', profile.Data.Comments)}\n{profile.ToFoldedText()}");
        Assert.Contains(profile.Data.Comments, comment => comment.Contains("tick windows gave stacks", StringComparison.Ordinal));
    });

    [Fact]
    public async Task Rare_ticks_show_it_without_being_asked()
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { CpuSource = CpuSource.Kernel });
        using var stop = new CancellationTokenSource();
        var sleeping = new Thread(() =>
        {
            using (ProfilingLabels.Begin("work", "sleep"))
            {
                for (var sleeper = new Sleeper(); !stop.IsCancellationRequested;)
                {
                    sleeper.Run(Turn);
                }
            }
        });
        sleeping.Start();
        try
        {
            double share = 0;
            for (long end = Stopwatch.GetTimestamp() + (60 * Stopwatch.Frequency); share == 0 && Stopwatch.GetTimestamp() < end;)
            {
                share = (await profiler.CaptureAsync(ProfileKind.Wall, TimeSpan.FromSeconds(2))).ShareOf("Sleeper.Run");
            }

            Assert.True(share > 0, "no tick met the sleeper");
        }
        finally
        {
            await stop.CancelAsync();
            sleeping.Join();
        }

        Assert.False(profiler.Status.Parts.Any(part => part.Name == "ticks"), "CPU comes from the kernel still");
    }

    private sealed class Request
    {
        private readonly object _gate = new();
        private double _sink = 1;
        private volatile bool _done;

        public double OnThreadNs { get; private set; }

        public double FoughtNs { get; private set; }

        public double WaitedNs { get; private set; }

        public void Run(TimeSpan time)
        {
            var worker = new Thread(() => Work(time));
            var rival = new Thread(Hold);
            rival.Start();
            worker.Start();
            worker.Join();
            _done = true;
            rival.Join();
        }

        private void Work(TimeSpan time)
        {
            using (ProfilingLabels.Begin("work", "request"))
            {
                long start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start) < time)
                {
                    Compute();
                    WaitedNs += Measure(Wait);
                    FoughtNs += Measure(Fight);
                    Thread.Sleep(Turn / 2);
                }

                OnThreadNs = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            }
        }

        private static double Measure(Action part)
        {
            long start = Stopwatch.GetTimestamp();
            part();
            return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Compute()
        {
            for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Turn;)
            {
                for (int i = 0; i < 1_000; i++)
                {
                    _sink = Math.Sqrt(_sink + i);
                }
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Wait()
        {
            using var never = new ManualResetEvent(false);
            never.WaitOne(Turn);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Fight()
        {
            lock (_gate)
            {
                _sink++;
            }
        }

        /// <summary>Holds the lock most of the time.</summary>
        private void Hold()
        {
            while (!_done)
            {
                lock (_gate)
                {
                    Thread.Sleep(Turn * 2);
                }

                Thread.Sleep(1);
            }
        }
    }
}
