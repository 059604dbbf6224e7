using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

public sealed class SessionWearTests
{
    private readonly SessionWear _wear = new();

    [Fact]
    public void Events_of_one_thread_in_one_block_share_a_buffer()
    {
        Block(threads: 1, eventsOfEach: 10_000);
        Assert.False(_wear.TakeLook());
    }

    [Fact]
    public void Many_writers_wear_a_session_out_and_so_do_many_looks_at_one()
    {
        Block(SessionWear.WornBuffers - 1);
        Assert.False(_wear.TakeLook());
        Block(1);
        Assert.True(_wear.TakeLook());
    }

    [Fact]
    public void Ended_threads_are_not_looked_for_at_every_block()
    {
        Block(SessionWear.WornBuffers);
        Assert.True(_wear.TakeLook());
        Block(1);
        Assert.False(_wear.TakeLook());
        Block(10);
        Assert.True(_wear.TakeLook());
    }

    [Fact]
    public void After_a_sequence_point_all_begins_anew()
    {
        Block(SessionWear.WornBuffers);
        _wear.OnSequencePoint();
        Assert.False(_wear.TakeLook());
    }

    private void Block(int threads, int eventsOfEach = 1)
    {
        _wear.OnBlock();
        for (int thread = 1; thread <= threads; thread++)
        {
            for (int i = 0; i < eventsOfEach; i++)
            {
                _wear.Saw(thread);
            }
        }
    }
}
