using System.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

/// <summary>What goes wrong around our handlers stays the application's business, and what goes wrong in them stays ours.</summary>
[Collection(OneTracker.Name)]
public sealed class HandlerFaultTests
{
    [Fact]
    public void An_interrupt_reaches_the_application_not_the_handler()
    {
        using var flows = new TrackedFlows();
        bool interrupted = false;
        var thread = new Thread(() =>
        {
            Thread.CurrentThread.Interrupt();
            for (int i = 0; i < 100; i++)
            {
                using var request = new Activity("request").Start();
                using var label = ProfilingLabels.Begin("i", i);
                flows.Note(request, $"i={i}");
            }

            try
            {
                Thread.Sleep(10_000);
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        });
        thread.Start();
        thread.Join();
        Assert.True(interrupted);
        flows.AssertTrue();
    }

    [Fact]
    public void A_handler_that_fails_costs_labels_and_nothing_else()
    {
        using var flows = new TrackedFlows(new LabelOptions { ActivityTags = ["tenant"] });
        using var request = new Activity("request").Start();
        request.SetTag("tenant", new Unspeakable());
        using (var inner = new Activity("inner").Start())
        {
            Assert.Same(inner, Activity.Current);
            flows.Note(inner);
        }

        flows.AssertTrue();
    }

    [Fact]
    public void Little_stack_is_enough()
    {
        using var flows = new TrackedFlows();
        var thread = new Thread(
            () =>
            {
                using var request = new Activity("request").Start();
                flows.Note(request);
            },
            64 * 1024);
        thread.Start();
        thread.Join();
        flows.AssertTrue();
    }

    [Fact]
    public async Task Values_of_an_earlier_tracker_mean_nothing_to_the_next()
    {
        var request = new Activity("request");
        Task later;
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TrackedFlows? second = null;
        using (var first = new TrackedFlows())
        {
            request.Start();
            first.Note(request);
            later = Task.Run(async () =>
            {
                await go.Task;
                second!.Note(null);
                using var inner = new Activity("inner").Start();
                second.Note(inner);
                await Task.Yield();
                second.Note(inner);
            });
            first.AssertTrue();
        }

        using (second = new TrackedFlows())
        {
            go.SetResult();
            await later;
            second.AssertTrue();
        }

        request.Stop();
    }

    [Fact]
    public async Task Off_and_on_again_nothing_that_was_missed_is_guessed()
    {
        using var flows = new TrackedFlows();
        var tracker = flows.Tracker;
        var ended = new Activity("ended while off").Start();
        var id = flows.Here().Label.Request;
        using var go = new ManualResetEventSlim();
        using var ready = new ManualResetEventSlim();
        var blocked = new Thread(() =>
        {
            flows.Note(ended);
            ready.Set();
            go.Wait();
            flows.Note(null); // on this thread nothing has changed since, but that cannot be known
        });
        blocked.Start();
        ready.Wait();
        flows.Check();
        tracker.Stop();
        ended.Stop();
        var missed = new Activity("begun while off").Start();
        tracker.Start();
        flows.Note(null);
        go.Set();
        blocked.Join();
        using (var inner = new Activity("inner").Start())
        {
            await Task.Yield();
            flows.Note(inner);
        }

        flows.Note(missed);
        missed.Stop();
        flows.Note(null);
        flows.AssertTrue();
        Assert.True(flows.Request(id).Ended);
    }

    [Fact]
    public void Only_one_tracker_is_active()
    {
        using var first = new TrackedFlows();
        Assert.Throws<InvalidOperationException>(() => new TrackedFlows());
        using var request = new Activity("request").Start();
        first.Note(request);
        first.AssertTrue();
    }

    private sealed class Unspeakable
    {
        public override string ToString() => throw new InvalidOperationException("no text");
    }
}
