using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

public sealed class NettraceReaderTests
{
    private static readonly byte[] Small = [1, 2, 3, 4];

    [Fact]
    public void Uncompressed_headers_read_like_compressed_ones()
    {
        EventToWrite[] events =
        [
            new(1, 10, 1, 2_000, Small) { Stack = 1 },
            new(1, 10, 2, 2_100, [5, 6, 7, 8, 9, 10, 11, 12]) { Stack = 2, Sorted = false },
            new(1, 11, 1, 2_050, []) { CaptureThread = 12 },
        ];
        var before = () => new NettraceBuilder().Metadata(1, "Some-Provider", 7, version: 3).Stacks(1, [0x10, 0x20], []);

        // TraceEvent takes sizes of whole words only: it does not pass over padding.
        var uncompressed = before().UncompressedEvents(events).End();
        var actual = GoldenStream.Decode(uncompressed, out var reader);
        Assert.True(reader.Ended, reader.Broken);
        Assert.Equal(GoldenStream.Decode(before().Events(events).End()), actual);
        var judged = TraceEventJudge.Decode(uncompressed, out _);
        judged.Sort();
        actual.Sort();
        Assert.Equal(judged, actual);
    }

    [Fact]
    public void Padding_after_an_uncompressed_payload_is_passed_over()
    {
        var stream = new NettraceBuilder().Metadata(1, "Some-Provider", 7)
            .UncompressedEvents(new EventToWrite(1, 10, 1, 2_000, [1]), new EventToWrite(1, 10, 2, 2_001, [2, 3]))
            .End();
        Assert.Equal(["01", "0203"], GoldenStream.Decode(stream).Select(e => e.Payload));
    }

    [Fact]
    public void Clocks_of_another_frequency_become_nanoseconds()
    {
        var stream = new NettraceBuilder(frequency: 24_000_000).Metadata(1, "P", 1)
            .Events(new EventToWrite(1, 1, 1, 24_000_012, Small))
            .End();
        var only = Assert.Single(GoldenStream.Decode(stream, out var reader));
        Assert.Equal(1_000_000_500, only.Timestamp);
        Assert.Equal(41_666, reader.Header!.SyncTimestamp);
        Assert.Equal(new DateTime(2026, 2, 28, 13, 14, 15, 160, DateTimeKind.Utc), reader.Header.SyncTimeUtc);
    }

    [Fact]
    public void Addresses_of_four_bytes_are_widened()
    {
        var stack = NettraceBuilder.Numbers(1, 1, 8, 0x1234, -1);
        var stream = new NettraceBuilder(pointerSize: 4).Metadata(1, "P", 1).Block("StackBlock", stack)
            .Events(new EventToWrite(1, 1, 1, 5, Small) { Stack = 1 })
            .End();
        Assert.Equal("1234 ffffffff", Assert.Single(GoldenStream.Decode(stream)).Stack);
    }

    [Theory]
    [InlineData(5, "version is 5")]
    [InlineData(3, "version is 3")]
    public void Other_versions_of_the_trace_object_are_refused_by_name(int version, string sentence)
    {
        var reader = Read(new NettraceBuilder(version).End());
        Assert.Contains(sentence, reader.Broken, StringComparison.Ordinal);
        Assert.Contains("only version 4", reader.Broken, StringComparison.Ordinal);
    }

    [Fact]
    public void The_format_after_this_one_is_refused_by_name()
    {
        var reader = Read([.. "Nettrace"u8, .. NettraceBuilder.Numbers(0, 6, 1)]);
        Assert.Contains("version is 6", reader.Broken, StringComparison.Ordinal);
    }

    [Fact]
    public void The_format_before_this_one_is_refused_by_name()
    {
        var reader = Read([.. NettraceBuilder.Numbers(20), .. "!FastSerialization.1"u8, 5, 5]);
        Assert.Contains("netperf", reader.Broken, StringComparison.Ordinal);
    }

    [Fact]
    public void Garbage_breaks_the_stream_with_a_sentence_and_nothing_more_is_read()
    {
        var good = new NettraceBuilder().ToArray();
        var reader = Read([.. good, 99]);
        Assert.Equal($"The event stream cannot be read at byte {good.Length}: an object should begin.", reader.Broken);
        Assert.False(reader.Feed(Small));
        Assert.False(reader.Ended);
    }

    [Fact]
    public void A_block_of_a_newer_version_breaks_the_stream()
    {
        var reader = Read(new NettraceBuilder().Block("EventBlock", Small, version: 3).End());
        Assert.Contains("block of version 3", reader.Broken, StringComparison.Ordinal);
    }

    [Fact]
    public void A_malformed_block_is_skipped_and_counted_and_the_next_one_is_read()
    {
        var stream = new NettraceBuilder().Metadata(1, "P", 1)
            .Block("EventBlock", [20, 0, 1])
            .Block("SPBlock", Small)
            .Block("StackBlock", NettraceBuilder.Numbers(1, 2, 8))
            .Block("MetadataBlock", [])
            .Events(new EventToWrite(1, 1, 1, 5, Small))
            .End();
        Assert.Single(GoldenStream.Decode(stream, out var reader));
        Assert.True(reader.Ended);
        Assert.Equal(4, reader.Counters.MalformedBlocks);
        Assert.Equal(6, reader.Counters.Blocks);
    }

    [Fact]
    public void Times_outside_those_of_their_block_end_it()
    {
        var body = NettraceBuilder.EventBody(true, new EventToWrite(1, 1, 1, 50, Small), new EventToWrite(1, 1, 2, 60, Small));
        body[12] = 55; // The youngest.
        Assert.Single(GoldenStream.Decode(new NettraceBuilder().Metadata(1, "P", 1).Block("EventBlock", body).End(), out var reader));
        Assert.Equal(1, reader.Counters.MalformedBlocks);
    }

    [Fact]
    public void A_block_over_the_limit_is_skipped_without_being_held()
    {
        var stream = new NettraceBuilder().Metadata(1, "P", 1)
            .Block("EventBlock", new byte[DecodeLimits.MaxBlockBytes + 1])
            .Events(new EventToWrite(1, 1, 1, 5, Small))
            .End();
        var reader = new NettraceReader((in EventRecord _) => { });
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var chunk in stream.Chunk(10_000))
        {
            reader.Feed(chunk);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, DecodeLimits.MaxBlockBytes * 3 / 2);
        Assert.Equal(1, reader.Counters.OversizeBlocks);
        Assert.Equal(1, reader.Counters.Events);
    }

    [Fact]
    public void Events_without_a_description_are_counted()
    {
        var stream = new NettraceBuilder().Metadata(1, "P", 1)
            .Events(new EventToWrite(2, 1, 1, 5, Small), new EventToWrite(1, 1, 2, 6, Small), new EventToWrite(1_000_000, 1, 3, 7, Small))
            .End();
        Assert.Single(GoldenStream.Decode(stream, out var reader));
        Assert.Equal(2, reader.Counters.UnknownMetadata);
        Assert.Equal(3, reader.Counters.Events);
    }

    [Fact]
    public void An_exception_of_the_handler_costs_the_rest_of_the_block_and_is_kept()
    {
        var seen = 0;
        var reader = new NettraceReader((in EventRecord _) =>
        {
            if (seen++ == 0)
            {
                throw new InvalidOperationException("handler");
            }
        });
        reader.Feed(new NettraceBuilder().Metadata(1, "P", 1)
            .Events(new EventToWrite(1, 1, 1, 5, Small), new EventToWrite(1, 1, 2, 6, Small))
            .Events(new EventToWrite(1, 1, 3, 7, Small))
            .End());
        Assert.Equal(2, seen);
        Assert.True(reader.Ended);
        Assert.Equal(1, reader.Counters.HandlerFailures);
        Assert.Equal("handler", reader.HandlerFailure!.Message);
    }

    [Fact]
    public void A_reader_can_be_used_for_the_next_connection()
    {
        var reader = Read(new NettraceBuilder().Metadata(1, "P", 1).Raw(99).ToArray());
        Assert.NotNull(reader.Broken);
        reader.Reset();
        reader.Feed(new NettraceBuilder().Events(new EventToWrite(1, 1, 1, 5, Small)).End());
        Assert.True(reader.Ended, reader.Broken);
        Assert.Equal(1, reader.Counters.UnknownMetadata);
        Assert.Equal(2, reader.Counters.Blocks);
    }

    private static NettraceReader Read(byte[] stream)
    {
        var reader = new NettraceReader((in EventRecord _) => { });
        Assert.False(reader.Feed(stream));
        return reader;
    }
}
