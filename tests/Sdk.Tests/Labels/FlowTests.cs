using System.Diagnostics;
using SelfProfiler.Diagnostics;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

[Collection(OneTracker.Name)]
public sealed class FlowTests
{
    [Fact]
    public async Task Work_carries_its_request_across_awaits_and_threads()
    {
        using var flows = new TrackedFlows();
        flows.Note(null);
        using (var request = new Activity("request").Start())
        {
            flows.Note(request);
            for (int i = 0; i < 20; i++)
            {
                await Task.Yield();
                flows.Note(request);
                await Task.Run(() => flows.Note(request));
                await Task.Delay(1);
                flows.Note(request);
            }
        }

        flows.Note(null);
        flows.AssertTrue();
        Assert.True(flows.Compared > 60);
    }

    [Fact]
    public async Task A_nested_activity_has_its_own_span_in_the_same_request()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        var id = flows.Here().Label.Request;
        using (var outer = new Activity("outer").Start())
        {
            flows.Note(outer);
            using (var inner = new Activity("inner").Start())
            {
                await Task.Yield();
                flows.Note(inner);
                Assert.Equal(id, flows.Here().Label.Request);
            }

            flows.Note(outer);
            await Task.Yield();
            flows.Note(outer);
        }

        flows.Note(request);
        flows.AssertTrue();
        Assert.Equal(1, flows.Tracker.Requests.Count);
    }

    [Fact]
    public void Parallel_loops_work_for_the_request_that_started_them()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        Parallel.For(0, 64, _ =>
        {
            flows.Note(request);
            Thread.SpinWait(1_000);
            flows.Note(request);
        });
        flows.Note(request);
        flows.AssertTrue();
    }

    [Fact]
    public void A_new_thread_works_for_the_request_that_started_it()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        var thread = new Thread(() => flows.Note(request));
        thread.Start();
        thread.Join();
        var apart = new Thread(() => flows.Note(null));
        apart.UnsafeStart();
        apart.Join();
        flows.AssertTrue();
    }

    [Fact]
    public async Task Suppressed_flow_works_for_nobody_until_the_activity_is_set_by_hand()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        Task work;
        using (ExecutionContext.SuppressFlow())
        {
            work = Task.Run(async () =>
            {
                flows.Note(null);
                Activity.Current = request;
                flows.Note(request);
                await Task.Yield();
                flows.Note(request);
                using (var inner = new Activity("inner").Start())
                {
                    flows.Note(inner);
                    await Task.Yield();
                    flows.Note(inner);
                }

                flows.Note(request);
                Activity.Current = null;
                flows.Note(null);
            });
        }

        await work;
        flows.Note(request);
        flows.AssertTrue();
        Assert.Equal(1, flows.Tracker.Requests.Count);
    }

    [Fact]
    public void An_activity_of_another_flow_set_by_hand_brings_its_request_along()
    {
        using var flows = new TrackedFlows();
        var first = new Activity("first").Start();
        var inner = new Activity("inner").Start();
        Activity.Current = null;
        flows.Note(null);
        var second = new Activity("second").Start();
        flows.Note(second);
        Activity.Current = inner;
        flows.Note(inner);
        Activity.Current = second;
        flows.Note(second);
        second.Stop();
        flows.Note(null);
        Activity.Current = first;
        flows.Note(first);
        first.Stop();
        flows.AssertTrue();
        Assert.Equal(2, flows.Tracker.Requests.Count);
    }

    [Fact]
    public Task Flows_that_hop_threads_at_random_are_never_mistaken_for_one_another() => Truth.Repeat(TimeSpan.FromSeconds(1.5), async time =>
    {
        using var flows = new TrackedFlows { CountFrom = Clock.Now + 500_000_000 };
        flows.StartPump();
        long end = flows.CountFrom + (long)time.TotalNanoseconds;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (Clock.Now < end)
            {
                using var request = new Activity("request").Start();
                for (int i = 0; i < 20; i++)
                {
                    await Hop(random);
                    flows.Note(request);
                    using var inner = new Activity("inner").Start();
                    Thread.SpinWait(random.Next(2_000));
                    flows.Note(inner);
                    await Hop(random);
                    flows.Note(inner);
                }
            }
        })));
        flows.AssertTrue(leastLabelled: 0.99);
        Assert.True(flows.Compared > 1_000);
    });

    private static async Task Hop(Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                await Task.Yield();
                break;
            case 1:
                await Task.Delay(random.Next(3));
                break;
            case 2:
                await Task.Run(() => Thread.SpinWait(500));
                break;
            default:
                await Task.Factory.StartNew(() => Thread.SpinWait(500), CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default);
                break;
        }
    }
}
