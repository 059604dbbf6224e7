using System.Globalization;
using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

public sealed class GoldenStreamTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => GoldenStream.Names;

    [Theory, MemberData(nameof(Names))]
    public void Every_event_and_every_stack_is_what_TraceEvent_reads(string name)
    {
        var stream = GoldenStream.Read(name);
        var expected = TraceEventJudge.Decode(stream, out var lost);
        var actual = GoldenStream.Decode(stream, out var reader);

        Assert.True(reader.Ended, reader.Broken);
        Assert.Equal(0, reader.Counters.MalformedBlocks);
        Assert.Equal(0, reader.Counters.UnknownMetadata);
        Assert.Equal(0, reader.Counters.DroppedStacks);
        Assert.Equal(lost, reader.Counters.LostEvents);
        Assert.Equal(stream.Length, reader.Counters.Bytes);
        Assert.Equal(expected.Count, actual.Count);
        expected.Sort();
        actual.Sort();
        foreach (var (judged, ours) in expected.Zip(actual))
        {
            Assert.Equal(judged, judged.Stack is null ? ours with { Stack = null } : ours);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Events_of_one_writing_thread_come_in_the_order_of_their_times(string name)
    {
        Dictionary<long, long> last = [];
        var reader = new NettraceReader((in EventRecord record) =>
        {
            Assert.True(record.Timestamp >= last.GetValueOrDefault(record.CaptureThread));
            last[record.CaptureThread] = record.Timestamp;
        });
        reader.Feed(GoldenStream.Read(name));
        Assert.Null(reader.HandlerFailure);
        Assert.NotEmpty(last);
    }

    [Theory, MemberData(nameof(Names))]
    public void No_event_is_older_than_the_watermark_before_it(string name)
    {
        NettraceReader reader = null!;
        long before = 0;
        reader = new NettraceReader((in EventRecord record) =>
        {
            Assert.True(record.Timestamp >= before);
            before = reader.Watermark;
        });
        reader.Feed(GoldenStream.Read(name));
        Assert.Null(reader.HandlerFailure);
        Assert.True(before > reader.Header!.SyncTimestamp);
    }

    [Fact]
    public void Times_are_the_process_s_Stopwatch()
    {
        List<long> delays = [];
        var reader = new NettraceReader((in EventRecord record) =>
        {
            if (record.Provider == EventProvider.Other && record.EventId == 1 && record.Payload.Length == sizeof(long))
            {
                delays.Add(record.Timestamp - BitConverter.ToInt64(record.Payload));
            }
        });
        reader.Feed(GoldenStream.Read("kinds"));

        // The workload reads its clock and writes the event a moment later.
        Assert.NotEmpty(delays);
        Assert.All(delays, delay => Assert.InRange(delay, 0, 100_000_000));
        Assert.InRange(delays.Min(), 0, 1_000_000);
    }

    [Fact]
    public void The_text_twin_of_the_tiny_stream_can_be_reviewed_by_a_person()
    {
        var events = GoldenStream.Decode(GoldenStream.Read("tiny"), out var reader);
        var lines = events.Select(e => string.Create(
            CultureInfo.InvariantCulture,
            $"{(e.Timestamp - reader.Header!.SyncTimestamp) / 1000.0,10:F1} us  {e.Thread}  {e.Provider} {e.Id} v{e.Version}\n    payload {e.Payload}\n    stack {e.Stack}\n"));
        var actual = $"{reader.Header!.SyncTimeUtc:O} {reader.Header.PointerSize * 8} bits, {reader.Header.Processors} processors\n{string.Concat(lines)}";
        if (Environment.GetEnvironmentVariable("SELFPROFILER_GOLDEN") is { } folder)
        {
            File.WriteAllText(Path.Combine(folder, "tiny.expected.txt"), actual);
        }

        Assert.Equal(File.ReadAllText(Path.Combine(GoldenStream.Folder, "tiny.expected.txt")), actual);
    }
}
