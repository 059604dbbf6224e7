using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public sealed class SlotQueueTests
{
    private const int Max = 1_024;

    private readonly SlotQueue _slots = new(Max);

    [Fact]
    public void A_thread_gets_slots_in_turn()
    {
        Assert.Equal(Enumerable.Range(0, 2 * Max).Select(i => i % Max), Enumerable.Range(0, 2 * Max).Select(_ => _slots.Next()));
    }

    [Fact]
    public void Threads_get_slots_in_a_row_and_no_two_the_same()
    {
        int[] mine = [_slots.Next(), _slots.Next()];
        int[] others = OnAnotherThread(() => [_slots.Next(), _slots.Next(), _slots.Next()]);
        int[] then = [.. Enumerable.Range(0, 20).Select(_ => _slots.Next())];

        Assert.Equal([mine[0] + 1, others[0] + 1, others[0] + 2, mine[1] + 1], [mine[1], others[1], others[2], then[0]]);
        Assert.Equal(25, mine.Concat(others).Concat(then).Distinct().Count());
    }

    [Fact]
    public void A_thread_that_comes_back_late_takes_nobodys_newest_slot()
    {
        _slots.Next();
        int[] others = OnAnotherThread(() => [.. Enumerable.Range(0, Max).Select(_ => _slots.Next())]);

        Assert.DoesNotContain(_slots.Next(), others.TakeLast(Max / 4));
    }

    [Fact]
    public void Queues_do_not_mix()
    {
        var second = new SlotQueue(Max);
        _slots.Next();
        _slots.Next();

        Assert.Equal(0, second.Next());
        Assert.Equal(1, second.Next());
    }

    [Fact]
    public void A_queue_that_does_not_divide_ends_at_its_last_slot()
    {
        var odd = new SlotQueue(1_000);

        Assert.All(Enumerable.Range(0, 5_000), _ => Assert.InRange(odd.Next(), 0, 999));
    }

    private static int[] OnAnotherThread(Func<int[]> take)
    {
        int[] taken = [];
        var thread = new Thread(() => taken = take());
        thread.Start();
        thread.Join();
        return taken;
    }
}
