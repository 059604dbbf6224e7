using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using SelfProfiler.TestKit;
using Xunit;
using TruthTest = SelfProfiler.TestKit.Truth;

namespace SelfProfiler.EndToEnd.Tests.Truth;

/// <summary>What the view by trace id says of requests whose work is known.</summary>
public sealed class RequestTruthTests
{
    private const int Requests = 200;
    private const int Kinds = 4;
    private static readonly ActivitySource Source = new("RequestTruth");

    /// <summary>Each request computes and waits in a method of its kind, then awaits: its view has that method and no other kind's, and its wall time adds up.</summary>
    [Fact]
    public Task Two_hundred_requests_each_show_their_own_work_and_their_wall_adds_up() => TruthTest.Repeat(TimeSpan.FromMilliseconds(12), async pause =>
    {
        using var listener = Listen();
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { Governor = false });
        var done = new ConcurrentBag<(string Trace, int Kind, TimeSpan Took)>();
        var begun = DateTimeOffset.UtcNow;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(flow => Task.Run(async () =>
        {
            for (int i = 0; i < Requests / 4; i++)
            {
                done.Add(await RequestAsync((flow + i) % Kinds, pause));
            }
        })));

        // Everything is weighed a moment after it happened.
        var ended = DateTimeOffset.UtcNow;
        await Eventually.Until(() => Past(profiler, ProfileKind.Wall, begun) is var past && past.Start + past.Duration > ended, TimeSpan.FromSeconds(30));

        double all = 0, expected = 0;
        var odd = new List<string>();
        var missing = new List<string>();
        foreach (var (trace, kind, took) in done)
        {
            var view = Past(profiler, ProfileKind.Wall, begun, trace);
            string text = view.ToFoldedText();
            if (view.CountOf("RequestTruthTests.Work" + kind) == 0)
            {
                missing.Add(text);
            }

            for (int other = 0; other < Kinds; other++)
            {
                Assert.True(other == kind || !text.Contains("RequestTruthTests.Work" + other, StringComparison.Ordinal), $"work of another request:\n{text}");
            }

            Assert.Contains("[awaiting]", text, StringComparison.Ordinal);
            all += view.Total();
            expected += took.TotalNanoseconds;
            // CPU is sampled every 10 ms: one request may have a sample more or less than its share.
            if (Math.Abs(view.Total() - took.TotalNanoseconds) > (took.TotalNanoseconds * 0.05) + 25e6)
            {
                odd.Add($"{view.Total() / 1e6:0.0} ms of {took.TotalMilliseconds:0.0}:\n{text}");
            }
        }

        Assert.True(Math.Abs(all - expected) <= 0.05 * expected, $"wall of all requests: {all / 1e6:0} ms, they took {expected / 1e6:0} ms");
        // The bar for labels: 99 of 100.
        Assert.True(missing.Count <= Requests / 100, $"the own work of {missing.Count} requests is missing\n{string.Join('\n', missing)}");
        Assert.True(odd.Count <= Requests / 20, $"{odd.Count} requests are far off\n{string.Join('\n', odd)}");
    });

    /// <summary>A request with two branches at a time: off-thread time is what neither of them worked, so the sum of all threads exceeds the duration.</summary>
    [Fact]
    public Task Time_in_which_no_branch_works_is_awaiting() => TruthTest.Repeat(TimeSpan.FromMilliseconds(300), async pause =>
    {
        using var listener = Listen();
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { Governor = false });
        var begun = DateTimeOffset.UtcNow;
        string trace;
        using (var request = Source.StartActivity("parallel")!)
        {
            trace = request.TraceId.ToHexString();
            await Task.WhenAll(Task.Run(() => Work0(pause)), Task.Run(() => Work1(pause)));
            using var inner = Source.StartActivity("inner");
            await Task.Delay(pause);
        }

        await Eventually.Until(() => Awaited(Past(profiler, ProfileKind.Wall, begun, trace)) > 0.9 * pause.TotalNanoseconds, TimeSpan.FromSeconds(30));
        var view = Past(profiler, ProfileKind.Wall, begun, trace);
        string text = view.ToFoldedText();
        Assert.Contains("parallel;inner;[awaiting]", text, StringComparison.Ordinal);
        Assert.True(Awaited(view) < 1.6 * pause.TotalNanoseconds, text);
        Assert.True(view.Total() > 2.5 * pause.TotalNanoseconds, text);
    });

    private static double Awaited(Profile profile) => profile.ShareOf("[awaiting]", leafOnly: true) * profile.Total();

    private static Profile Past(ContinuousProfiler profiler, ProfileKind kind, DateTimeOffset from, string? trace = null) =>
        profiler.Host.Past(kind, new ProfileFilter { TraceId = trace }, from, null);

    private static async Task<(string Trace, int Kind, TimeSpan Took)> RequestAsync(int kind, TimeSpan pause)
    {
        Activity.Current = null;
        string trace;
        long start = Stopwatch.GetTimestamp();
        using (var request = Source.StartActivity("request")!)
        {
            trace = request.TraceId.ToHexString();
            _ = kind switch { 0 => Work0(pause), 1 => Work1(pause), 2 => Work2(pause), _ => Work3(pause) };
            await Task.Delay(pause);
        }

        return (trace, kind, Stopwatch.GetElapsedTime(start));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Work0(TimeSpan time) => Burn(time) + 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Work1(TimeSpan time) => Burn(time) + 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Work2(TimeSpan time) => Burn(time) + 2;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Work3(TimeSpan time) => Burn(time) + 3;

    /// <summary>Half the time computes, half waits: the wait is an event, so that the method is seen even when no sample falls on it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Burn(TimeSpan time)
    {
        double x = 1;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time / 2;)
        {
            for (int i = 0; i < 50; i++)
            {
                x = Math.Sqrt(x + i);
            }
        }

        using var never = new AutoResetEvent(false);
        never.WaitOne(time / 2);
        return x;
    }

    private static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "RequestTruth",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
