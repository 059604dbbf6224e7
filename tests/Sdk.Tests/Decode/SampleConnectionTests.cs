using SelfProfiler.Decode;
using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

/// <summary>One session that continues another: each event counts once, and what was open stays open.</summary>
public sealed class SampleConnectionTests
{
    private const int WaitStart = 301;
    private const int WaitStop = 302;
    private const int Exception = 80;

    private readonly List<ParsedStream.Sample> _samples = [];
    private readonly List<ParsedStream.Sample> _open = [];
    private bool _counts = true;

    [Fact]
    public void A_wait_over_the_edge_is_one_wait_and_an_event_in_both_streams_counts_once()
    {
        var before = Open();
        var after = Open();
        before.EndAt(5_000);
        before.OnBytes(Stream((WaitStart, 2_000), (Exception, 4_000), (Exception, 6_000)));
        before.OnClosed(PumpClose.EndOfStream);
        after.ContinueFrom(before, 5_000);
        after.OnBytes(Stream((Exception, 4_000), (Exception, 6_000), (WaitStop, 9_000)));
        Assert.Equal(
            [(SampleSource.Exception, 4_000, 0), (SampleSource.Exception, 6_000, 0), (SampleSource.Wait, 9_000, 7_000)],
            _samples.Select(sample => (sample.Source, sample.Timestamp, (int)sample.Value)));
        Assert.Equal((0, 0), (before.Parser.Counters.CutPairs, after.Parser.Counters.CutPairs));
    }

    [Fact]
    public void What_is_open_at_the_end_of_the_second_is_cut_there()
    {
        var before = Open();
        var after = Open();
        before.EndAt(5_000);
        before.OnBytes(Stream((WaitStart, 2_000)));
        before.OnClosed(PumpClose.EndOfStream);
        after.ContinueFrom(before, 5_000);
        Assert.Equal((0, 1), (before.Parser.Open.Count, after.Parser.Open.Count));
        after.OnClosed(PumpClose.EndOfStream);
        Assert.Equal((0, 1), (before.Parser.Counters.CutPairs, after.Parser.Counters.CutPairs));
    }

    [Fact]
    public void What_is_open_where_a_session_was_told_to_stop_took_time_until_then()
    {
        var connection = Open();
        connection.OnBytes(Stream((WaitStart, 2_000), (WaitStop, 3_000), (WaitStart, 4_000)));
        connection.StopsAt(9_000);
        connection.OnClosed(PumpClose.EndOfStream);
        Assert.Equal([(9_000, 5_000, true)], _open.Select(sample => (sample.Timestamp, (int)sample.Value, sample.Open)));
        Assert.Equal((0, 0), (connection.Parser.Counters.CutPairs, connection.Parser.Open.Count));
    }

    [Fact]
    public void What_is_open_is_cut_where_nobody_counts_it_or_events_were_lost()
    {
        var lossy = Open();
        lossy.OnBytes(Stream(lost: 1, (Exception, 1_000), (WaitStart, 2_000)));
        lossy.StopsAt(9_000);
        lossy.OnClosed(PumpClose.EndOfStream);
        Assert.Equal(1, lossy.Counters.LostEvents);
        Assert.Empty(_open);

        _counts = false;
        var refused = Open();
        refused.OnBytes(Stream((WaitStart, 2_000)));
        refused.StopsAt(9_000);
        refused.OnClosed(PumpClose.EndOfStream);
        Assert.Equal((1, 1), (lossy.Parser.Counters.CutPairs, refused.Parser.Counters.CutPairs));
    }

    /// <summary>All of it was "cut by a session's edge".</summary>
    [Fact]
    public void The_status_tells_what_a_session_cut_from_what_was_lost_and_what_was_not_followed()
    {
        var connection = Open();
        connection.OnBytes(Stream((WaitStart, 2_000), (WaitStart, 3_000))); // the end of the first is missing
        for (var depth = 0; depth < DecodeLimits.MaxThreads; depth++)
        {
            connection.Parser.Open.Begin(1_000 + depth, PairKind.Wait, 4_000, owner: 0, default);
        }

        connection.OnClosed(PumpClose.Broken);
        var losses = LossCounts.Of(connection).Losses.ToDictionary();
        Assert.Equal(1, losses["waits whose end is missing"]);
        Assert.Equal(1, losses["waits not followed because too many are open"]);
        Assert.Equal(DecodeLimits.MaxThreads, losses["waits cut by a session's edge"]);
    }

    [Fact]
    public void A_wait_is_no_longer_open_where_its_end_may_be_among_lost_events()
    {
        var gap = Open();
        gap.OnBytes(Stream(lost: 1, (WaitStart, 2_000), (Exception, 3_000)));
        Assert.Equal((0, 1L), (gap.Parser.Open.Count, gap.Parser.Counters.LostEnds));

        var silent = Open();
        silent.OnBytes(Waiting((7, 2_000), (8, 2_001), (9, 2_002)).SequencePoint(3_000, (7, 2), (8, 1)).ToArray());
        Assert.Equal((1, 2L), (silent.Parser.Open.Count, silent.Parser.Counters.LostEnds)); // 7 lost an event, 9 has ended
    }

    [Fact]
    public void A_wait_of_a_thread_that_has_ended_is_no_longer_open_when_its_end_must_have_come()
    {
        const int NoThread = int.MaxValue;
        const long LongAfter = 11_000_000_000;
        var connection = Open();
        var stream = Waiting((NoThread, 2_000), (Environment.ProcessId, 2_001)); // the first thread has the process' id
        connection.OnBytes(stream.ToArray());
        Assert.Equal(2, connection.Parser.Open.Count);
        int read = stream.ToArray().Length;
        connection.OnBytes(stream.Events(new EventToWrite(WaitStop, 9, 1, LongAfter, NettraceBuilder.Numbers((ushort)0))).ToArray().AsSpan(read));
        Assert.Equal((1, 1L), (connection.Parser.Open.Count, connection.Parser.Counters.LostEnds));
    }

    [Fact]
    public void What_was_taken_over_from_a_stream_that_lost_events_does_not_count_at_the_end()
    {
        var before = Open();
        var after = Open();
        before.EndAt(5_000);
        before.OnBytes(Stream(lost: 1, (Exception, 1_000), (WaitStart, 2_000)));
        before.OnClosed(PumpClose.EndOfStream);
        after.ContinueFrom(before, 5_000);
        after.StopsAt(9_000);
        after.OnClosed(PumpClose.EndOfStream);
        Assert.Empty(_open);
        Assert.Equal(1, after.Parser.Counters.CutPairs);
    }

    [Fact]
    public void A_session_says_that_it_is_worn_when_a_writer_has_ended()
    {
        const int NoThread = int.MaxValue;
        int worn = 0;
        var connection = new SampleConnection(new RuntimeEventHandlers(), _ => { }, () => worn++);
        var builder = new NettraceBuilder().Metadata(1, NettraceBuilder.Runtime, Exception);
        connection.OnBytes(builder.ToArray());
        for (uint block = 1; block < SessionWear.WornBuffers; block++)
        {
            connection.OnBytes(Block(block));
        }

        Assert.Equal(0, worn);
        connection.OnBytes(Block(SessionWear.WornBuffers));
        Assert.Equal(1, worn);

        byte[] Block(uint number)
        {
            int length = builder.ToArray().Length;
            return builder.Events(new EventToWrite(1, NoThread, number, 1_000 + number, NettraceBuilder.Numbers("Type"))).ToArray()[length..];
        }
    }

    [Fact]
    public void A_session_tells_of_threads_that_were_forgotten_before_it_was_renewed()
    {
        long forgotten = 0;
        var connection = new SampleConnection(new RuntimeEventHandlers(), _ => { }, forgotten: threads => forgotten += threads);
        connection.OnBytes(new NettraceBuilder().Metadata(1, NettraceBuilder.Runtime, Exception)
            .Events(new EventToWrite(1, 7, 1, 1_001, NettraceBuilder.Numbers("Type")), new EventToWrite(1, 8, 1, 1_002, NettraceBuilder.Numbers("Type")))
            .SequencePoint(1_003, (7, 1), (8, 1)).SequencePoint(1_004, (8, 1)).End());
        Assert.Equal(1, forgotten);
    }

    private SampleConnection Open() => new(
        new RuntimeEventHandlers
        {
            Sample = (in RawSample sample) => _samples.Add(ParsedStream.Sample.Of(in sample)),
            OpenAtEdge = (in RawSample sample) =>
            {
                _open.Add(ParsedStream.Sample.Of(in sample));
                return _counts;
            },
        },
        _ => { });

    private static byte[] Stream(params (int Id, long At)[] events) => Stream(lost: 0, events);

    private static NettraceBuilder Waiting(params (long Thread, long At)[] threads)
    {
        var builder = new NettraceBuilder().Metadata(WaitStart, NettraceBuilder.Runtime, WaitStart).Metadata(WaitStop, NettraceBuilder.Runtime, WaitStop);
        foreach (var (thread, at) in threads)
        {
            builder.Events(new EventToWrite(WaitStart, thread, 1, at, NettraceBuilder.Numbers((byte)0, 0UL, (ushort)0)));
        }

        return builder;
    }

    // The lost ones came after the first.
    private static byte[] Stream(uint lost, params (int Id, long At)[] events)
    {
        var builder = new NettraceBuilder();
        uint number = 0;
        foreach (var (id, at) in events)
        {
            byte[] payload = id switch
            {
                WaitStart => NettraceBuilder.Numbers((byte)0, 0UL, (ushort)0),
                WaitStop => NettraceBuilder.Numbers((ushort)0),
                _ => NettraceBuilder.Numbers("Type"),
            };
            builder.Metadata(id, NettraceBuilder.Runtime, id).Events(new EventToWrite(id, 42, ++number, at, payload));
            number += lost;
        }

        return builder.End();
    }
}
