using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using SelfProfiler.TestKit;
using Xunit;
using TruthTest = SelfProfiler.TestKit.Truth;

namespace SelfProfiler.EndToEnd.Tests.Truth;

public sealed class LabelTruthTests
{
    private static readonly ActivitySource Source = new("LabelTruth");

    /// <summary>64 flows hop threads while a thousand threads a second come and go. Half of the flows work in one method, half in another: a label of the wrong half is a wrong label.</summary>
    [Fact]
    public Task Samples_of_labelled_work_carry_its_trace_and_none_carries_anothers() => TruthTest.Repeat(TimeSpan.FromSeconds(6), async duration =>
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "LabelTruth",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using var profiler = await Profilers.StartAsync();
        using var stop = new CancellationTokenSource();
        var even = new ConcurrentDictionary<string, bool>();
        var odd = new ConcurrentDictionary<string, bool>();
        var flows = Enumerable.Range(0, 64).Select(i => Task.Run(() => FlowAsync(i % 2 == 0, i % 2 == 0 ? even : odd, stop.Token))).ToArray();
        var churn = new Thread(() => Churn(stop.Token));
        churn.Start();

        var profile = await profiler.CaptureAsync(ProfileKind.Cpu, duration);
        await stop.CancelAsync();
        await Task.WhenAll(flows);
        churn.Join();

        var (labelled, all, wrong) = Count(profile, even, odd);
        Assert.True(all >= 100, $"{all} samples\n{profile.ToFoldedText()}");
        Assert.Equal(0, wrong);
        Assert.True(labelled >= all * 0.99, $"{labelled} of {all} samples carry their trace; losses: {string.Join(", ", profiler.Status.Losses)}");
    });

    private static (long Labelled, long All, long Wrong) Count(Profile profile, ConcurrentDictionary<string, bool> even, ConcurrentDictionary<string, bool> odd)
    {
        long labelled = 0, all = 0, wrong = 0;
        foreach (var sample in profile.Data.Samples)
        {
            var stack = ProfileAssertions.Stack(profile.Data, sample.LeafNode).ToList();
            var own = stack.Any(frame => frame.Contains("LabelTruthTests.EvenWork", StringComparison.Ordinal)) ? even
                : stack.Any(frame => frame.Contains("LabelTruthTests.OddWork", StringComparison.Ordinal)) ? odd : null;
            if (own is null)
            {
                continue;
            }

            string? trace = profile.Data.LabelSets[sample.LabelSet].FirstOrDefault(label => label.Key == "trace_id").Value;
            all += sample.Count;
            labelled += trace is not null ? sample.Count : 0;
            wrong += trace is not null && !own.ContainsKey(trace) ? sample.Count : 0;
        }

        return (labelled, all, wrong);
    }

    private static async Task FlowAsync(bool isEven, ConcurrentDictionary<string, bool> traces, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Activity.Current = null;
            using var request = Source.StartActivity("request")!;
            traces[request.TraceId.ToHexString()] = true;
            for (int i = 0; i < 5; i++)
            {
                Work(isEven);
                await Task.Yield();
                using var nested = Source.StartActivity("nested");
                Work(isEven);
                await Task.Delay(1, CancellationToken.None);
            }
        }
    }

    private static void Work(bool isEven)
    {
        if (isEven)
        {
            EvenWork(400);
        }
        else
        {
            OddWork(400);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double EvenWork(int microseconds) => Burn(microseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double OddWork(int microseconds) => Burn(microseconds) + 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Burn(int microseconds)
    {
        double x = 1;
        for (long end = Stopwatch.GetTimestamp() + (microseconds * 1_000L); Stopwatch.GetTimestamp() < end;)
        {
            for (int i = 0; i < 50; i++)
            {
                x = Math.Sqrt(x + i);
            }
        }

        return x;
    }

    private static void Churn(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            for (int i = 0; i < 10; i++)
            {
                new Thread(static () => Burn(20)).Start();
            }

            Thread.Sleep(10); // the pace of the workload, not a wait for something
        }
    }
}
