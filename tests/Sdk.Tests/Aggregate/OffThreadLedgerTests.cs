using System.Reflection;
using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class OffThreadLedgerTests
{
    private readonly RequestTable _requests = new(new LabelCounters(), 256);
    private readonly StackTrie _trie = new();
    private readonly FrameTable _frames = new(_ => null);
    private readonly SpanChains _chains = new();
    private readonly OffThreadLedger _ledger;
    private readonly List<(long Start, long End, string Stack, double Count)> _gaps = [];

    public OffThreadLedgerTests() => _ledger = new OffThreadLedger(_requests, new AwaitingStacks(_trie, _frames, _chains));

    [Fact]
    public void Time_between_a_requests_threads_is_awaiting_under_the_span_that_was_left()
    {
        int outer = _chains.Of(0, "request");
        int inner = _chains.Of((ushort)outer, "query");
        var id = _requests.Claim(1, 2, 3, 100);
        On(id, 100, 200, outer);
        On(id, 200, 300, inner);
        On(id, 700, 800, outer);
        _requests.End(id, 1_000);
        Close(2_000);

        Assert.Equal([(300, 700, "request;query;[awaiting]", 1.0), (800, 1_000 - 4, "request;[awaiting]", 1.0)], Rounded());
    }

    [Fact]
    public void Parallel_threads_count_once()
    {
        var id = _requests.Claim(1, 2, 3, 0);
        On(id, 0, 400);
        On(id, 600, 700);
        On(id, 100, 500);
        On(id, 650, 1_600);
        _requests.End(id, 1_600);
        Close(2_000);

        Assert.Equal([(500, 600, "[awaiting]", 1.0)], _gaps);
    }

    [Fact]
    public void A_running_request_is_charged_period_by_period_and_nothing_after_its_end()
    {
        var id = _requests.Claim(1, 2, 3, 0);
        On(id, 0, 100);
        Close(1_000);
        Close(2_000);
        On(id, 2_500, 2_560);
        _requests.End(id, 2_560);
        Close(3_000);
        Close(4_000);

        Assert.Equal([(100, 1_000, "[awaiting]", 1.0), (1_000, 2_000, "[awaiting]", 0.0), (2_000, 2_500, "[awaiting]", 0.0)], _gaps);
    }

    [Fact]
    public void A_request_that_lost_its_slot_is_forgotten()
    {
        var id = _requests.Claim(1, 2, 3, 0);
        On(id, 0, 100);
        for (int i = 0; i < 256 * 20; i++)
        {
            _requests.Claim(9, 9, 9, 0);
        }

        Close(1_000);
        Assert.Empty(_gaps);
    }

    [Fact]
    public void Names_beyond_the_limit_count_as_their_parent()
    {
        ushort parent = _chains.Of(0, "request");
        for (int i = 0; i < SpanChains.Max * 2; i++)
        {
            _ = _chains.Of(parent, "span " + i);
        }

        Assert.Equal(parent, _chains.Of(parent, "one more"));
        Assert.True(_chains.Refused > 0);
        Assert.Equal(["request"], _chains.Names(parent));
        Assert.Equal(["request", "span 7"], _chains.Names(_chains.Of(parent, "span 7")));
    }

    /// <summary>Application threads ask, in the middle of a change of activity.</summary>
    [Fact]
    public void Whoever_asks_when_all_numbers_are_given_out_waits_for_nobody()
    {
        for (int i = 0; i < SpanChains.Max; i++)
        {
            _ = _chains.Of(0, "span " + i);
        }

        var gate = (Lock)typeof(SpanChains).GetField("_gate", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(_chains)!;
        lock (gate)
        {
            var asker = new Thread(() => _chains.Of(0, "one more"));
            asker.Start();
            Assert.True(asker.Join(10_000));
        }
    }

    [Fact]
    public void A_name_is_known_by_its_letters_too()
    {
        ushort parent = _chains.Of(0, "request");
        ushort[] numbers = [.. Enumerable.Range(0, 30).Select(i => _chains.Of(parent, "span " + i))];
        Assert.Equal(numbers, Enumerable.Range(0, 30).Select(i => _chains.Of(parent, "span " + i)));
        Assert.Equal(30, numbers.Distinct().Count());
        Assert.NotEqual(numbers[0], _chains.Of(0, "span 0"));
    }

    private void On(RequestId id, long start, long end, int chain = 0) =>
        _ledger.OnThread(new LabelInterval(1, new LabelRef(id, 7, 0), start, end, 0, chain));

    private void Close(long until) => _ledger.Close(until, (long start, long end, in SampleKey key, double count) =>
        _gaps.Add((start, end, Text(key.Stack), count)));

    /// <summary>Ends of requests are kept in steps of 16 ns.</summary>
    private IEnumerable<(long Start, long End, string Stack, double Count)> Rounded() =>
        _gaps.Select(gap => gap.End is > 980 and < 1_000 ? gap with { End = 996 } : gap);

    private string Text(int stack)
    {
        var names = new List<string>();
        for (; stack != StackTrie.Root; stack = _trie.ParentOf(stack))
        {
            names.Insert(0, _frames.Get(_trie.FrameOf(stack)).Synthetic!);
        }

        return string.Join(';', names);
    }
}
