using System.Diagnostics;
using OpenTelemetry;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

[Collection(OneTracker.Name)]
public sealed class ExtraLabelTests
{
    [Fact]
    public async Task Labels_set_by_hand_nest_flow_and_are_restored()
    {
        using var flows = new TrackedFlows();
        using (ProfilingLabels.Begin("tenant", "a"))
        {
            flows.Note(null, "tenant=a");
            await Task.Yield();
            using (ProfilingLabels.Begin([new("job", "import"), new("tenant", "b")]))
            {
                await Task.Run(() => flows.Note(null, "job=import,tenant=b"));
                flows.Note(null, "job=import,tenant=b");
            }

            flows.Note(null, "tenant=a");
            using (ProfilingLabels.Begin("part", 7))
            {
                flows.Note(null, "part=7,tenant=a");
            }
        }

        flows.Note(null);
        flows.AssertTrue();
    }

    [Fact]
    public async Task Labels_set_by_hand_outlive_the_activities_inside_them_and_end_inside_activities_around_them()
    {
        using var flows = new TrackedFlows();
        using (ProfilingLabels.Begin("tenant", "a"))
        {
            using (var request = new Activity("request").Start())
            {
                flows.Note(request, "tenant=a");
                using (var inner = new Activity("inner").Start())
                {
                    using (ProfilingLabels.Begin("step", "1"))
                    {
                        await Task.Yield();
                        flows.Note(inner, "step=1,tenant=a");
                    }

                    flows.Note(inner, "tenant=a");
                }

                flows.Note(request, "tenant=a");
            }

            await Task.Yield();
            flows.Note(null, "tenant=a");
        }

        flows.Note(null);
        flows.AssertTrue();
    }

    [Fact]
    public void A_label_ended_after_its_activity_is_ended_all_the_same()
    {
        using var flows = new TrackedFlows();
        var request = new Activity("request").Start();
        var inner = new Activity("inner").Start();
        var label = ProfilingLabels.Begin("tenant", "a");
        inner.Stop();
        flows.Note(request, "tenant=a");
        label.Dispose();
        flows.Note(request);
        label.Dispose();
        flows.Note(request);
        request.Stop();
        flows.AssertTrue();
    }

    [Fact]
    public void Labels_that_cannot_be_are_refused_and_counted()
    {
        using var flows = new TrackedFlows();
        using (ProfilingLabels.Begin("trace_id", "mine"))
        using (ProfilingLabels.Begin("", "empty"))
        using (ProfilingLabels.Begin("nothing", (string?)null))
        using (ProfilingLabels.Begin("long", new string('x', 1_000)))
        {
            flows.Note(null, "long=" + new string('x', LabelLimits.ValueLength));
        }

        flows.AssertTrue();
        Assert.Equal(3, flows.Tracker.Counters.LabelsRefused);
        Assert.Equal(1, flows.Tracker.Counters.LabelsCut);
    }

    [Fact]
    public void Configured_tags_and_baggage_become_labels()
    {
        using var flows = new TrackedFlows(new LabelOptions { ActivityTags = ["shop", "size"], BaggageKeys = ["tier", "plan"] });
        using var request = new Activity("request").AddTag("shop", "north").AddTag("other", "no").AddBaggage("tier", "gold").Start();
        flows.Note(request, "shop=north,tier=gold");
        using (var inner = new Activity("inner").AddTag("size", 3).Start())
        {
            flows.Note(inner, "shop=north,size=3,tier=gold");
            using (ProfilingLabels.Begin("shop", "by hand"))
            {
                flows.Note(inner, "shop=by hand,size=3,tier=gold");
            }
        }

        Baggage.SetBaggage("plan", "free");
        using (var inner = new Activity("inner").Start())
        {
            flows.Note(inner, "plan=free,shop=north,tier=gold");
        }

        flows.AssertTrue();
    }

    [Fact]
    public void Tags_set_later_are_known_of_the_request()
    {
        using var flows = new TrackedFlows(new LabelOptions { ActivityTags = ["customer", "outcome"] });
        using var request = new Activity("request").Start();
        var id = flows.Here().Label.Request;
        Assert.Equal("", flows.Labels(flows.Request(id).LabelSet));
        request.SetTag("customer", "c1");
        new Activity("inner").Start().Stop();
        Assert.Equal("customer=c1", flows.Labels(flows.Request(id).LabelSet));
        request.SetTag("outcome", true);
        request.Stop();
        Assert.Equal("customer=c1,outcome=true", flows.Labels(flows.Request(id).LabelSet));
    }

    [Fact]
    public void More_sets_than_the_limit_become_overflow()
    {
        using var flows = new TrackedFlows(new LabelOptions { MaxLabelSets = 16 });
        for (int i = 0; i < 100; i++)
        {
            using (ProfilingLabels.Begin("id", i))
            {
                flows.Note(null, i < 16 ? $"id={i}" : "overflow=true");
            }
        }

        flows.AssertTrue();
        Assert.Equal(16, flows.Tracker.LabelSets.Count);
        Assert.Equal(84, flows.Tracker.Counters.LabelSetsOverflowed);
    }

    [Fact]
    public void Without_a_tracker_labels_do_nothing()
    {
        using var label = ProfilingLabels.Begin("tenant", "a");
        Assert.Equal(default, label);
    }
}
