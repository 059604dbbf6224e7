using System.Diagnostics;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

[Collection(OneTracker.Name)]
public sealed class RequestScopeTests
{
    [Fact]
    public async Task A_request_without_an_activity_has_an_id_of_our_own()
    {
        using var flows = new TrackedFlows();
        LabelRef label;
        using (RequestScope.Begin())
        {
            label = flows.Here().Label;
            await Task.Yield();
            RequestScope.SetRoute("/a");
            await Task.Run(() => RequestScope.SetStatus(500));
            Assert.Equal(label, flows.Here().Label);
            Assert.Equal(0ul, label.SpanId);
            Assert.False(flows.Request(label.Request).Ended);
        }

        Assert.True(flows.Here().IsNone);
        var info = flows.Request(label.Request);
        Assert.True(info.Ended);
        Assert.NotEqual(0ul, info.TraceIdLow);
        Assert.NotEqual(0ul, info.TraceIdHigh);
        Assert.Equal("/a", flows.Tracker.Routes.Text(info.Route));
        Assert.Equal(500, info.Status);
    }

    [Fact]
    public void Where_an_activity_is_current_the_scope_attaches_to_its_request()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        using (RequestScope.Begin())
        {
            flows.Note(request);
            RequestScope.SetRoute("/a");
        }

        flows.Note(request);
        var info = flows.Request(flows.Here().Label.Request);
        Assert.False(info.Ended);
        Assert.Equal("/a", flows.Tracker.Routes.Text(info.Route));
        flows.AssertTrue();
    }

    [Fact]
    public void A_scope_inside_a_scope_is_the_same_request()
    {
        using var flows = new TrackedFlows();
        using (RequestScope.Begin())
        {
            var outer = flows.Here();
            using (RequestScope.Begin())
            {
                Assert.Equal(outer, flows.Here());
            }

            Assert.Equal(outer, flows.Here());
        }

        Assert.Equal(1, flows.Tracker.Requests.Count);
    }

    [Fact]
    public async Task An_activity_inside_a_request_without_one_has_its_own_trace_and_the_same_route()
    {
        using var flows = new TrackedFlows();
        using (RequestScope.Begin())
        {
            var outer = flows.Here();
            RequestScope.SetRoute("/a");
            using (var inner = new Activity("inner").Start())
            {
                await Task.Yield();
                flows.Note(inner);
                Assert.Equal("/a", flows.Tracker.Routes.Text(flows.Request(flows.Here().Label.Request).Route));
                RequestScope.SetRoute("/b");
            }

            await Task.Yield();
            Assert.Equal(outer.Label, flows.Here().Label);
        }

        flows.Note(null);
        flows.AssertTrue();
    }

    [Fact]
    public async Task A_route_set_inside_an_activity_is_the_route_of_the_request_around_it()
    {
        using var flows = new TrackedFlows();
        using (RequestScope.Begin())
        {
            using (new Activity("middleware").Start())
            {
                await Task.Yield();
                RequestScope.SetRoute("/a");
            }

            Assert.Equal("/a", flows.Tracker.Routes.Text(flows.Request(flows.Here().Label.Request).Route));
        }
    }

    [Fact]
    public async Task Work_that_outlives_such_a_request_is_after_it()
    {
        using var flows = new TrackedFlows();
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ResolvedLabels late = default;
        Task work;
        using (RequestScope.Begin())
        {
            RequestScope.SetRoute("/a");
            work = Task.Run(async () =>
            {
                await go.Task;
                late = flows.Here();
            });
        }

        go.SetResult();
        await work;
        Assert.True(late.AfterRequest);
        Assert.Equal("/a", flows.Tracker.Routes.Text(late.Route));
    }

    [Fact]
    public void Without_a_tracker_nothing_happens()
    {
        using (RequestScope.Begin())
        {
            RequestScope.SetRoute("/a");
            RequestScope.SetStatus(200);
        }
    }

    [Fact]
    public void Many_routes_become_overflow()
    {
        var counters = new LabelCounters();
        var routes = new RouteTable(counters, 4);
        var numbers = Enumerable.Range(0, 10).Select(i => routes.Intern("/" + i)).ToArray();
        Assert.Equal(4, numbers.Where(number => number != RouteTable.Overflow).Distinct().Count());
        Assert.Equal(numbers, Enumerable.Range(0, 10).Select(i => routes.Intern("/" + i)));
        Assert.Equal("/3", routes.Text(numbers[3]));
        Assert.Equal(RouteTable.OverflowText, routes.Text(numbers[9]));
        Assert.Equal(0, routes.Intern(null));
        Assert.Null(routes.Text(0));
        Assert.Equal(12, counters.RoutesOverflowed);
        Assert.Equal(4, routes.Count);
    }
}
