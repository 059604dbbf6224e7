using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class CollectionsTests
{
    private readonly Collections _collections = new();

    [Fact]
    public void The_thread_that_stopped_the_others_collects_until_it_lets_them_go()
    {
        Collect(7, 100, 200);
        Collect(8, 300, 400);

        Assert.True(_collections.Contains(7, 150));
        Assert.True(_collections.Contains(8, 300));
        Assert.False(_collections.Contains(8, 150));
        Assert.False(_collections.Contains(7, 99));
        Assert.False(_collections.Contains(7, 250));
        Assert.False(_collections.Contains(8, 401));
    }

    [Fact]
    public void A_collection_that_has_not_ended_counts()
    {
        _collections.Begin(new SuspendBegin(7, 100, SuspendReason.Gc));

        Assert.True(_collections.Contains(7, 5_000));
        Assert.False(_collections.Contains(7, 99));
    }

    [Fact]
    public void A_suspension_for_a_tick_is_none()
    {
        _collections.Begin(new SuspendBegin(7, 100, SuspendReason.Other));
        _collections.End(new SuspendEnd(7, 200));

        Assert.False(_collections.Contains(7, 150));
    }

    [Fact]
    public void Old_ones_are_forgotten_and_new_ones_found()
    {
        for (int i = 0; i < 5_000; i++)
        {
            Collect(7, i * 10, (i * 10) + 5);
        }

        Assert.True(_collections.Contains(7, 49_993));
        Assert.False(_collections.Contains(7, 49_997));
        Assert.False(_collections.Contains(7, 3));
    }

    private void Collect(long thread, long from, long to)
    {
        _collections.Begin(new SuspendBegin(thread, from, SuspendReason.Gc));
        _collections.End(new SuspendEnd(thread, to));
    }
}
