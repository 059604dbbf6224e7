using System.Diagnostics;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

[Collection(OneTracker.Name)]
public sealed class ActivityTests
{
    [Fact]
    public void Ids_are_read_letter_by_letter()
    {
        using var request = new Activity("request").SetParentId("00-0123456789abcdeffedcba9876543210-00f067aa0ba902b7-01").Start();
        Assert.Equal((0x0123456789abcdefUL, 0xfedcba9876543210UL), ActivityIds.Trace(request));
        Assert.Equal(0x00f067aa0ba902b7UL, ActivityIds.ParentSpan(request));
        Assert.Equal(Convert.ToUInt64(request.SpanId.ToHexString(), 16), ActivityIds.Span(request));
    }

    [Fact]
    public void A_request_carries_the_trace_id_of_its_activity()
    {
        using var flows = new TrackedFlows();
        var request = new Activity("request");
        request.SetParentId("00-0123456789abcdef0011223344556677-8899aabbccddeeff-01");
        request.Start();
        RequestScope.SetRoute("/a");
        RequestScope.SetStatus(404);
        var info = flows.Request(flows.Here().Label.Request);
        Assert.Equal(0x0123456789abcdeful, info.TraceIdHigh);
        Assert.Equal(0x0011223344556677ul, info.TraceIdLow);
        Assert.Equal(request.SpanId.ToHexString(), info.RootSpanId.ToString("x16", null));
        Assert.Equal("/a", flows.Tracker.Routes.Text(info.Route));
        Assert.Equal(404, info.Status);
        Assert.False(info.Ended);
        request.Stop();
        info = flows.Request(info.Id);
        Assert.True(info.End > info.Start);
    }

    [Fact]
    public void An_activity_whose_parent_is_given_by_ids_belongs_to_the_request_it_is_started_in()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        using var outer = new Activity("outer").Start();
        using (var inner = WithParent("inner", outer))
        {
            flows.Note(inner);
            Assert.Null(inner.Parent);
        }

        flows.Note(outer);
        flows.AssertTrue();
        Assert.Equal(1, flows.Tracker.Requests.Count);
    }

    [Fact]
    public async Task An_activity_on_another_flow_is_found_by_the_ids_of_the_request()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        Task work;
        using (ExecutionContext.SuppressFlow())
        {
            work = Task.Run(() =>
            {
                using var inner = WithParent("inner", request);
                flows.Note(inner);
            });
        }

        await work;
        flows.AssertTrue();
        Assert.Equal(1, flows.Tracker.Requests.Count);
    }

    [Fact]
    public void An_entry_is_a_request_of_its_own_wherever_it_is_started()
    {
        using var source = new ActivitySource("entries");
        using var listener = Listen("entries");
        using var flows = new TrackedFlows();
        using var caller = new Activity("caller").Start();
        var outer = flows.Here().Label.Request;
        using (var entry = source.StartActivity("entry", ActivityKind.Server, caller.Context)!)
        {
            flows.Note(entry);
            Assert.NotEqual(outer, flows.Here().Label.Request);
        }

        flows.Note(caller);
        Assert.Equal(outer, flows.Here().Label.Request);
        flows.AssertTrue();
        Assert.Equal(2, flows.Tracker.Requests.Count);
    }

    [Fact]
    public void Stopping_the_request_before_what_is_inside_it_ends_the_request()
    {
        using var flows = new TrackedFlows();
        var request = new Activity("request").Start();
        var id = flows.Here().Label.Request;
        var inner = new Activity("inner").Start();
        request.Stop();
        Assert.True(flows.Request(id).Ended);
        inner.Stop();
        Activity.Current = null;
        flows.Note(null);
        flows.AssertTrue();
    }

    [Fact]
    public async Task Hierarchical_ids_are_labelled_with_an_id_of_our_own()
    {
        using var flows = new TrackedFlows();
        var request = new Activity("request").SetIdFormat(ActivityIdFormat.Hierarchical).Start();
        var labels = flows.Here().Label;
        Assert.NotEqual(0ul, flows.Request(labels.Request).TraceIdLow);
        var inner = new Activity("inner").Start();
        await Task.Yield();
        Assert.Equal(labels.Request, flows.Here().Label.Request);
        Assert.NotEqual(labels.SpanId, flows.Here().Label.SpanId);
        inner.Stop();
        Assert.Equal(labels, flows.Here().Label);
        request.Stop();
        Assert.True(flows.Request(labels.Request).Ended);
        Assert.True(flows.Here().IsNone);
    }

    [Fact]
    public void An_activity_that_was_current_before_the_tracker_started_is_labelled_from_its_next_change_on()
    {
        using var request = new Activity("request").Start();
        using var flows = new TrackedFlows();
        flows.Note(null);
        using (var inner = new Activity("inner").Start())
        {
            flows.Note(inner);
        }

        flows.Note(request);
        flows.AssertTrue();
        Assert.Equal(1, flows.Tracker.Requests.Count);
    }

    [Fact]
    public void Very_deep_nesting_keeps_its_labels()
    {
        using var flows = new TrackedFlows();
        var stack = new Stack<Activity>();
        for (int i = 0; i < 200; i++)
        {
            stack.Push(new Activity("nested").Start());
            flows.Note(stack.Peek());
        }

        while (stack.TryPop(out var top))
        {
            flows.Note(top);
            top.Stop();
        }

        flows.Note(null);
        flows.Check();
        Assert.Empty(flows.Wrong);
        Assert.Equal(0, flows.Unlabelled);
    }

    private static Activity WithParent(string name, Activity parent) =>
        new Activity(name).SetParentId(parent.TraceId, parent.SpanId, parent.ActivityTraceFlags).Start();

    private static ActivityListener Listen(string source)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = one => one.Name == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
