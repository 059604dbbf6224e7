using System.Diagnostics;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

[Collection(OneTracker.Name)]
public sealed class AfterRequestTests
{
    [Fact]
    public async Task Work_that_outlives_its_request_keeps_the_route_and_loses_the_trace()
    {
        using var flows = new TrackedFlows();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task loop;
        ResolvedLabels late = default, nested = default;
        using (var request = new Activity("request").Start())
        {
            RequestScope.SetRoute("/orders/{id}");
            loop = Task.Run(async () =>
            {
                flows.Note(request);
                started.SetResult();
                await ended.Task;
                late = flows.Here();
                using (new Activity("background").Start())
                {
                    await Task.Yield();
                    nested = flows.Here();
                }

                await Task.Yield();
                flows.Note(request, afterRequest: true);
            });
            await started.Task;
        }

        flows.Note(null);
        ended.SetResult();
        await loop;
        await Task.Yield();
        flows.Note(null);
        flows.AssertTrue();
        foreach (var labels in new[] { late, nested })
        {
            Assert.True(labels.AfterRequest);
            Assert.True(labels.Label.Request.IsNone);
            Assert.Equal(0ul, labels.Label.SpanId);
            Assert.Equal("/orders/{id}", flows.Tracker.Routes.Text(labels.Route));
        }
    }

    [Fact]
    public async Task A_timer_started_in_a_request_works_after_it()
    {
        using var flows = new TrackedFlows();
        var ticked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Timer timer;
        using (var request = new Activity("request").Start())
        {
            timer = new Timer(_ =>
            {
                flows.Note(request, afterRequest: true);
                ticked.TrySetResult();
            });
        }

        timer.Change(1, Timeout.Infinite);
        await ticked.Task;
        await timer.DisposeAsync();
        flows.AssertTrue();
    }

    [Fact]
    public void A_sample_is_judged_by_when_it_was_taken_not_by_when_it_arrives()
    {
        using var flows = new TrackedFlows();
        using (var request = new Activity("request").Start())
        {
            flows.Note(request);
        }

        flows.Note(null);
        flows.AssertTrue();
    }

    [Fact]
    public async Task A_flow_that_stopped_its_last_activity_works_for_nobody_whatever_thread_it_goes_on_with()
    {
        using var flows = new TrackedFlows();
        for (int i = 0; i < 10; i++)
        {
            using (var request = new Activity("request").Start())
            {
                await Task.Yield();
                flows.Note(request);
            }

            await Task.Yield();
            flows.Note(null);
            await Task.Run(() => flows.Note(null));
            flows.Note(null);
        }

        flows.AssertTrue();
    }

    [Fact]
    public async Task The_route_is_still_known_when_the_slot_of_the_ended_request_is_somebody_elses()
    {
        using var flows = new TrackedFlows(new LabelOptions { MaxRequests = 256 });
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ResolvedLabels late = default;
        Task work;
        using (new Activity("request").Start())
        {
            RequestScope.SetRoute("/export");
            work = Task.Run(async () =>
            {
                await go.Task;
                late = flows.Here();
            });
        }

        for (int i = 0; i < 300; i++)
        {
            new Activity("other").Start().Stop();
        }

        go.SetResult();
        await work;
        Assert.True(late.AfterRequest);
        Assert.True(late.Label.Request.IsNone);
        Assert.Equal("/export", flows.Tracker.Routes.Text(late.Route));
        Assert.NotEqual(0, flows.Tracker.Counters.SamplesOfEvicted);
    }

    [Fact]
    public void A_running_request_beyond_the_limit_keeps_its_route_and_loses_its_trace()
    {
        using var flows = new TrackedFlows(new LabelOptions { MaxRequests = 256 });
        using var request = new Activity("request").Start();
        RequestScope.SetRoute("/long");
        var first = flows.Here();
        Assert.False(first.Label.Request.IsNone);
        for (int i = 0; i < 400; i++)
        {
            var other = new Activity("other");
            other.SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
            other.Start(); // never stopped: all of them run
            Activity.Current = request;
        }

        RequestScope.SetRoute("/long"); // a change on the thread
        var evicted = flows.Here();
        Assert.True(evicted.Label.Request.IsNone);
        Assert.False(evicted.AfterRequest);
        Assert.Equal("/long", flows.Tracker.Routes.Text(evicted.Route));
        Assert.NotEqual(0, flows.Tracker.Counters.RequestsEvictedRunning);
    }
}
