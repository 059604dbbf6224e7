using System.Diagnostics;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

[Collection(OneTracker.Name)]
public sealed class ThreadChurnTests(ITestOutputHelper output)
{
    [Fact]
    public Task A_thousand_threads_a_second_work_for_the_requests_that_start_them() =>
        Truth.Repeat(TimeSpan.FromSeconds(2), duration => Churn((int)(duration.TotalSeconds * 1_000)));

    private void Churn(int count)
    {
        using var flows = new TrackedFlows();
        flows.StartPump();
        long began = Stopwatch.GetTimestamp();
        int threads = 0;
        while (threads < count)
        {
            long turn = Stopwatch.GetTimestamp();
            using var request = new Activity("request").Start();
            var some = Enumerable.Range(0, 10).Select(_ => new Thread(() =>
            {
                flows.Note(request);
                using var inner = new Activity("inner").Start();
                flows.Note(inner);
            })).ToArray();
            Array.ForEach(some, thread => thread.Start());
            Array.ForEach(some, thread => thread.Join());
            threads += some.Length;
            while (Stopwatch.GetElapsedTime(turn).TotalMilliseconds < some.Length)
            {
                // What the machine made late is not caught up with: that would be a burst of several times as many.
                Thread.Yield();
            }
        }

        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        flows.AssertTrue(leastLabelled: 0.99);
        output.WriteLine($"{threads / seconds:0} threads/s, {flows.Compared} compared, {flows.Unlabelled} unlabelled, {flows.Tracker.Counters.ChangesWithoutRing} changes without a ring, {flows.Tracker.Timeline.Threads} threads known");
        Assert.Equal(threads * 2, flows.Compared);
    }

    [Fact]
    public void Ended_threads_are_forgotten()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        for (int i = 0; i < 100; i++)
        {
            var thread = new Thread(() => flows.Note(request));
            thread.Start();
            thread.Join();
            flows.Check();
        }

        Assert.True(flows.Tracker.Timeline.Threads > 90);
        flows.AssertTrue();
        Eventually.UntilBlocking(() =>
        {
            flows.Tracker.Timeline.Drain(Clock.Now + (2 * LabelLimits.HistoryNs)); // as if that time had passed
            return flows.Tracker.Timeline.Threads < 10;
        });
    }

    [Fact]
    public void A_thread_without_a_ring_is_unlabelled_and_counted()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        using var done = new ManualResetEventSlim();
        using var started = new CountdownEvent(LabelLimits.FewestReadyRings + 20);
        var threads = Enumerable.Range(0, started.InitialCount).Select(_ => new Thread(() =>
        {
            flows.Note(request);
            started.Signal();
            done.Wait();
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        started.Wait();
        done.Set();
        Array.ForEach(threads, thread => thread.Join());
        flows.Check();
        Assert.Empty(flows.Wrong);
        Assert.InRange(flows.Unlabelled, 20, 22);
        Assert.InRange(flows.Tracker.Counters.ChangesWithoutRing, flows.Unlabelled, flows.Unlabelled * 2);
    }

    [Fact]
    public void A_thread_that_ended_is_known_to_have_ended()
    {
        int id = 0;
        var thread = new Thread(() => id = OsThread.CurrentId());
        thread.Start();
        thread.Join();
        if (OperatingSystem.IsLinux())
        {
            Eventually.UntilBlocking(() => OsThread.HasEnded(id));
        }

        Assert.False(OsThread.HasEnded(OsThread.CurrentId()));
    }
}
