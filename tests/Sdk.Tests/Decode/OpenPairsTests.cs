using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

public sealed class OpenPairsTests
{
    private readonly RuntimeEventCounters _counters = new();
    private readonly OpenPairs _pairs;

    public OpenPairsTests() => _pairs = new OpenPairs(_counters);

    [Fact]
    public void An_end_finds_the_beginning_of_its_thread()
    {
        Begin(1, PairKind.Wait, 10);
        Begin(2, PairKind.Wait, 20);
        Assert.True(_pairs.TryEnd(1, PairKind.Wait, out var pair));
        Assert.Equal(10, pair.Begin);
        Assert.Equal(1, _pairs.Count);
        Assert.False(_pairs.TryEnd(1, PairKind.Wait, out _));
        Assert.Equal(0, _counters.LostEnds);
    }

    [Fact]
    public void A_wait_inside_a_contention_knows_it_and_one_after_it_does_not()
    {
        Begin(1, PairKind.Contention, 10);
        Begin(1, PairKind.Wait, 11);
        Assert.True(_pairs.TryEnd(1, PairKind.Wait, out var inner));
        Assert.True(inner.InContention);
        Assert.True(_pairs.TryEnd(1, PairKind.Contention, out var outer));
        Assert.Equal(10, outer.Begin);
        Begin(1, PairKind.Wait, 12);
        Assert.True(_pairs.TryEnd(1, PairKind.Wait, out var after));
        Assert.False(after.InContention);
        Assert.Equal(0, _counters.LostEnds);
    }

    [Fact]
    public void Two_beginnings_in_a_row_are_one_lost_end()
    {
        Begin(1, PairKind.Wait, 10);
        Begin(1, PairKind.Wait, 20);
        Assert.True(_pairs.TryEnd(1, PairKind.Wait, out var pair));
        Assert.Equal(20, pair.Begin);
        Assert.Equal(0, _pairs.Count);
        Assert.Equal((1, 0), (_counters.LostEnds, _counters.CutPairs));
    }

    [Fact]
    public void An_end_closes_what_began_inside_and_was_not_ended()
    {
        Begin(1, PairKind.Contention, 10);
        Begin(1, PairKind.Wait, 11);
        Assert.True(_pairs.TryEnd(1, PairKind.Contention, out _));
        Assert.Equal(0, _pairs.Count);
        Assert.Equal((1, 0), (_counters.LostEnds, _counters.CutPairs));
    }

    [Fact]
    public void An_end_without_a_beginning_leaves_other_pairs_alone()
    {
        Begin(1, PairKind.Contention, 10);
        Assert.False(_pairs.TryEnd(1, PairKind.Wait, out _));
        Assert.True(_pairs.TryEnd(1, PairKind.Contention, out _));
    }

    [Fact]
    public void The_stack_of_the_beginning_is_kept()
    {
        ulong[] stack = [1, 2, 3];
        _pairs.Begin(1, PairKind.Wait, 10, owner: 0, stack);
        stack[0] = 99;
        Begin(2, PairKind.Wait, 10);
        Assert.True(_pairs.TryEnd(1, PairKind.Wait, out var pair));
        Assert.Equal([1UL, 2, 3], pair.Addresses.ToArray());
    }

    [Fact]
    public void Pairs_over_the_limit_are_counted_and_the_others_go_on()
    {
        for (var thread = 0; thread < DecodeLimits.MaxThreads + 3; thread++)
        {
            Begin(thread, PairKind.Wait, thread);
        }

        Assert.Equal(DecodeLimits.MaxThreads, _pairs.Count);
        Assert.Equal(3, _counters.DroppedPairs);
        for (var thread = 0; thread < DecodeLimits.MaxThreads; thread++)
        {
            Assert.True(_pairs.TryEnd(thread, PairKind.Wait, out var pair));
            Assert.Equal(thread, pair.Begin);
        }

        Assert.Equal(0, _pairs.Count);
    }

    [Fact]
    public void It_agrees_with_a_dictionary_of_stacks()
    {
        var random = new Random(7);
        Dictionary<long, Stack<(PairKind Kind, long Begin)>> expected = [];
        for (var step = 0; step < 200_000; step++)
        {
            // Few ids that collide often, and some far away.
            var thread = random.Next(4) == 0 ? random.NextInt64() >> 1 << 1 : random.Next(300) * 4_096L;
            var open = expected.TryGetValue(thread, out var found) ? found : expected[thread] = new();
            if (open.Count > 0 && random.Next(2) == 0)
            {
                var (kind, begin) = open.Pop();
                Assert.True(_pairs.TryEnd(thread, kind, out var pair));
                Assert.Equal(begin, pair.Begin);
            }
            else if (open.Count < 2 && expected.Count < 3_000)
            {
                var kind = open.Count == 0 ? PairKind.Contention : PairKind.Wait;
                open.Push((kind, step));
                Begin(thread, kind, step);
            }

            if (open.Count == 0)
            {
                expected.Remove(thread);
            }
        }

        Assert.Equal(expected.Values.Sum(open => open.Count), _pairs.Count);
        Dictionary<long, long> visited = [];
        var position = 0;
        while (_pairs.Next(ref position, out var thread, out var pair))
        {
            visited.Add(thread, pair.Begin);
        }

        Assert.Equal(expected.ToDictionary(e => e.Key, e => e.Value.Last().Begin), visited);
        Assert.Equal(0, _counters.CutPairs + _counters.LostEnds + _counters.DroppedPairs);
    }

    [Fact]
    public void A_session_s_edge_forgets_everything_and_counts_it()
    {
        Begin(1, PairKind.Contention, 10);
        Begin(1, PairKind.Wait, 11);
        Begin(2, PairKind.Wait, 12);
        _pairs.Clear();
        Assert.Equal(0, _pairs.Count);
        Assert.Equal((3, 0), (_counters.CutPairs, _counters.LostEnds));
        Begin(1, PairKind.Wait, 20);
        Assert.True(_pairs.TryEnd(1, PairKind.Wait, out var pair));
        Assert.False(pair.InContention);
        Assert.Equal(20, pair.Begin);
    }

    [Fact]
    public void What_is_open_on_one_thread_can_be_cut_and_the_others_stay()
    {
        Begin(1, PairKind.Contention, 10);
        Begin(1, PairKind.Wait, 11);
        Begin(2, PairKind.Wait, 12);
        _pairs.Cut(1);
        _pairs.Cut(3);
        Assert.Equal((1, 2L), (_pairs.Count, _counters.LostEnds));
        Assert.True(_pairs.TryEnd(2, PairKind.Wait, out _));
    }

    [Fact]
    public void What_is_open_on_a_thread_that_has_ended_is_cut_at_the_second_look()
    {
        for (var thread = 1; thread <= 200; thread++)
        {
            Begin(thread, PairKind.Wait, thread);
        }

        _pairs.CutOrphans(thread => thread > 100);
        Assert.Equal(200, _pairs.Count);
        Assert.True(_pairs.TryEnd(150, PairKind.Wait, out _)); // its end was on the way
        Begin(150, PairKind.Wait, 300); // another thread with the same id
        for (var look = 0; look < 2; look++)
        {
            _pairs.CutOrphans(thread => thread is > 100 and not 150);
        }

        Assert.Equal((101, 99L), (_pairs.Count, _counters.LostEnds));
        Assert.True(_pairs.TryEnd(150, PairKind.Wait, out var pair));
        Assert.Equal(300, pair.Begin);
        Assert.True(_pairs.TryEnd(100, PairKind.Wait, out _));
    }

    private void Begin(long thread, PairKind kind, long timestamp) => _pairs.Begin(thread, kind, timestamp, owner: 0, default);
}
