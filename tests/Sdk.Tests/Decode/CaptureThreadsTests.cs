using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

public sealed class CaptureThreadsTests
{
    private readonly DecodeCounters _counters = new();
    private readonly List<long> _brokeOff = [];
    private readonly CaptureThreads _threads;

    public CaptureThreadsTests() => _threads = new CaptureThreads(_counters, _brokeOff.Add);

    [Fact]
    public void Numbers_without_a_gap_are_no_loss()
    {
        for (uint number = 1; number < 1_000; number++)
        {
            _threads.Saw(number % 7, (number / 7) + (number % 7 == 0 ? 0u : 1u));
        }

        Assert.Equal(0, _counters.SequenceGaps);
    }

    [Fact]
    public void A_gap_tells_how_many_events_were_lost()
    {
        _threads.Saw(5, 1);
        _threads.Saw(5, 11);
        _threads.Saw(5, 12);
        Assert.Equal((1, 9), (_counters.SequenceGaps, _counters.LostEvents));
    }

    [Fact]
    public void A_thread_that_does_not_begin_with_one_lost_its_first_events()
    {
        _threads.Saw(5, 4);
        Assert.Equal((1, 3), (_counters.SequenceGaps, _counters.LostEvents));
    }

    [Fact]
    public void A_number_that_falls_is_another_thread_with_the_same_id()
    {
        _threads.Saw(5, 1);
        _threads.Saw(5, 2);
        _threads.Saw(5, 1);
        Assert.Equal(0, _counters.SequenceGaps);
        _threads.Saw(6, 1);
        _threads.Saw(6, 100);
        _threads.Saw(6, 3);
        Assert.Equal((2, 98 + 2), (_counters.SequenceGaps, _counters.LostEvents));
    }

    [Fact]
    public void Numbers_may_go_round()
    {
        _threads.Saw(5, uint.MaxValue);
        var lost = _counters.LostEvents;
        _threads.Saw(5, 0);
        _threads.Saw(5, 1);
        Assert.Equal(lost, _counters.LostEvents);
    }

    [Fact]
    public void A_sequence_point_shows_losses_of_threads_that_went_silent()
    {
        _threads.Saw(5, 1);
        _threads.Saw(6, 1);
        Assert.True(SequencePoint((5, 4), (6, 0), (7, 2)));

        // The number of thread 6 is a lower bound; thread 7 lost everything it wrote.
        Assert.Equal((2, 3 + 2), (_counters.SequenceGaps, _counters.LostEvents));
        _threads.Saw(5, 5);
        _threads.Saw(6, 2);
        Assert.Equal(2, _counters.SequenceGaps);
    }

    [Fact]
    public void Threads_that_a_sequence_point_does_not_list_begin_anew()
    {
        _threads.Saw(5, 1);
        Assert.True(SequencePoint((6, 0)));
        _threads.Saw(5, 1);
        Assert.Equal(0, _counters.SequenceGaps);
    }

    [Fact]
    public void Too_many_threads_start_the_table_anew_and_are_counted_but_are_no_losses()
    {
        for (var thread = 0; thread <= 2 * DecodeLimits.MaxThreads; thread++)
        {
            _threads.Saw(thread, 1);
        }

        _threads.Saw(0, 70);
        Assert.Equal(2, _counters.ThreadResets);
        Assert.Equal(0, _counters.SequenceGaps);
    }

    [Fact]
    public void Threads_that_a_sequence_point_no_longer_lists_have_ended()
    {
        _threads.Saw(5, 1);
        _threads.Saw(6, 1);
        Assert.True(SequencePoint((5, 1), (6, 1)));
        Assert.Equal(0, _counters.EndedThreads);
        _threads.Saw(7, 1);
        Assert.True(SequencePoint((5, 1), (7, 1)));
        Assert.Equal(1, _counters.EndedThreads);
    }

    [Fact]
    public void Writers_are_asked_whether_they_live()
    {
        _threads.Saw(5, 1);
        _threads.Saw(6, 1);
        Assert.False(_threads.AnyEnded(_ => false));
        Assert.True(_threads.AnyEnded(thread => thread == 6));
        Assert.False(_threads.AnyEnded(thread => thread is not (5 or 6)));
    }

    [Fact]
    public void A_thread_breaks_off_where_events_are_missing_and_where_it_has_ended()
    {
        _threads.Saw(5, 1);
        _threads.Saw(6, 1);
        _threads.Saw(7, 1);
        Assert.Empty(_brokeOff);
        _threads.Saw(5, 3);
        Assert.Equal([5], _brokeOff);
        _threads.Saw(6, 1); // another thread with the same id
        Assert.Equal([5, 6], _brokeOff);
        Assert.True(SequencePoint((5, 4), (6, 1)));
        Assert.Equal([5, 6, 5, 7], _brokeOff);
    }

    private bool SequencePoint(params (long Thread, int Number)[] threads)
    {
        byte[] body = [.. NettraceBuilder.Numbers(threads.Length), .. threads.SelectMany(t => NettraceBuilder.Numbers(t.Thread, t.Number))];
        var cursor = new BlockCursor(body);
        return _threads.SawSequencePoint(ref cursor);
    }
}
