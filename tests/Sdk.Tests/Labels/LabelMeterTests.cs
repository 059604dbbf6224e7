using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public class LabelMeterTests
{
    [Fact]
    public void One_call_of_many_is_timed_and_stands_for_the_others()
    {
        const int Calls = LabelMeter.Every * 100;
        var meter = new LabelMeter();
        int timed = 0;
        OnNewThread(() =>
        {
            for (int i = 0; i < Calls; i++)
            {
                timed += LabelMeter.Begin() != 0 ? 1 : 0;
            }
        });

        Assert.InRange(timed, 99, 101);
        meter.Add(1_000);
        Assert.Equal(1_000 * LabelMeter.Every, meter.Ns);
    }

    /// <summary>The first call takes a ring and finds nothing in the caches: timed by that, a thousand threads of two calls would cost many times what they do.</summary>
    [Fact]
    public void Threads_that_come_and_go_are_not_all_timed_by_their_first_call()
    {
        int first = 0, second = 0;
        const int Threads = LabelMeter.Every * 10;
        for (int i = 0; i < Threads; i++)
        {
            OnNewThread(() =>
            {
                first += LabelMeter.Begin() != 0 ? 1 : 0;
                second += LabelMeter.Begin() != 0 ? 1 : 0;
            });
        }

        Assert.InRange(first, 0, Threads / 8);
        Assert.InRange(second, 0, Threads / 8);
        Assert.InRange(first + second, 1, Threads / 8);
    }

    [Fact]
    public void A_call_that_was_interrupted_and_one_that_was_not_timed_count_nothing()
    {
        var meter = new LabelMeter();
        meter.Add(5_000_000);
        meter.Add(-1);
        meter.End(0);
        Assert.Equal(0, meter.Ns);
    }

    private static void OnNewThread(ThreadStart work)
    {
        var thread = new Thread(work);
        thread.Start();
        thread.Join();
    }
}
