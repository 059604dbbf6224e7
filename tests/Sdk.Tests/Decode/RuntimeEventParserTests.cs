using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

public sealed class RuntimeEventParserTests
{
    private const int Thread = 42;

    private readonly ParsedStream _parsed = new();

    [Fact]
    public void A_sampled_allocation_stands_for_objects_and_bytes_without_bias()
    {
        Write((303, 0, Allocation("Small", 24)), (303, 0, Allocation("Big", 10_000_000)));
        var small = _parsed.Samples[0];
        Assert.Equal(("Small", SampleSource.Allocation), (small.Type, small.Source));

        // Much smaller than the distance of the samples: one sample for 100 KB of them. Much larger: always seen.
        Assert.Equal(102_400, small.Value, tolerance: 20);
        Assert.Equal(102_400 / 24.0, small.Count, tolerance: 1);
        Assert.Equal((10_000_000.0, 1.0), (_parsed.Samples[1].Value, _parsed.Samples[1].Count));
    }

    [Fact]
    public void Weights_of_simulated_samples_add_up_to_what_was_allocated()
    {
        var random = new Random(3);
        double bytes = 0, estimate = 0;
        for (var i = 0; i < 2_000_000; i++)
        {
            var size = (ulong)random.Next(24, 40_000);
            bytes += size;
            if (random.NextDouble() < 1 - Math.Exp(-(double)size / AllocationWeight.MeanBytes))
            {
                estimate += size * AllocationWeight.Sampled(size);
            }
        }

        Assert.InRange(estimate / bytes, 0.99, 1.01);
    }

    [Fact]
    public void An_allocation_tick_stands_for_the_bytes_since_the_last_one()
    {
        Write((10, 4, NettraceBuilder.Numbers(106_000, 0, (ushort)0, 106_000L, 1UL, "System.Byte[]", 0, 2UL, 1_000L)));
        var sample = Assert.Single(_parsed.Samples);
        Assert.Equal((106_000.0, 106.0, "System.Byte[]"), (sample.Value, sample.Count, sample.Type));
    }

    [Fact]
    public void A_contention_has_the_owner_of_its_beginning_and_the_duration_of_its_end()
    {
        Write(
            (81, 2, NettraceBuilder.Numbers((byte)0, (ushort)0, 1UL, 2UL, 77L)),
            (301, 0, NettraceBuilder.Numbers((byte)0, 0UL, (ushort)0)),
            (302, 0, NettraceBuilder.Numbers((ushort)0)),
            (91, 1, NettraceBuilder.Numbers((byte)0, (ushort)0, 1_234.0)));
        var sample = Assert.Single(_parsed.Samples);
        Assert.Equal((SampleSource.Contention, 77, 1_234.0, 1.0), (sample.Source, sample.Owner, sample.Value, sample.Count));
        Assert.Equal(1, _parsed.Parser.Counters.WaitsInContention);
        Assert.Equal([0xAAUL], sample.Stack);
    }

    [Fact]
    public void A_wait_lasts_from_start_to_stop_and_has_the_stack_of_its_start()
    {
        Write((301, 0, NettraceBuilder.Numbers((byte)1, 9UL, (ushort)0)), (302, 0, NettraceBuilder.Numbers((ushort)0)));
        var sample = Assert.Single(_parsed.Samples);
        Assert.Equal((SampleSource.Wait, 10.0, 1_010L), (sample.Source, sample.Value, sample.Timestamp));
        Assert.Equal([0xAAUL], sample.Stack);
    }

    [Fact]
    public void Open_waits_can_be_asked_for()
    {
        Write((301, 0, NettraceBuilder.Numbers((byte)1, 9UL, (ushort)0)));
        List<ParsedStream.Sample> open = [];
        _parsed.Parser.OpenWaits(5_000, (in RawSample sample) => open.Add(ParsedStream.Sample.Of(in sample)));
        var only = Assert.Single(open);
        Assert.Equal((Thread, 4_000.0, true, SampleSource.Wait), (only.Thread, only.Value, only.Open, only.Source));
        _parsed.Parser.OnSessionEdge(null);
        Assert.Equal((0, 1L), (_parsed.Parser.Open.Count, _parsed.Parser.Counters.CutPairs));
    }

    [Fact]
    public void Payloads_that_are_too_short_are_counted_and_give_nothing()
    {
        int[] ids = [303, 10, 80, 1, 2, 9, 143, 144, 152, 190];
        Write([.. ids.Select(id => (id, 4, new byte[] { 1, 1, 1 }))]);
        Assert.Empty(_parsed.Samples);
        Assert.Empty(_parsed.Methods);
        Assert.Equal(ids.Length, _parsed.Parser.Counters.Malformed);
    }

    [Fact]
    public void The_sampler_s_suspensions_are_told_from_those_of_the_GC()
    {
        var parsed = GoldenStream.Parse("ticks");
        var gc = parsed.SuspendBegins.Where(s => s.IsGc).ToArray();
        var others = parsed.SuspendBegins.Where(s => !s.IsGc).ToArray();
        Assert.Single(gc);
        Assert.Single(parsed.GcStarts);
        Assert.All(others, s => Assert.Equal((SuspendReason.Other, parsed.Parser.SamplerThread), (s.Reason, s.Thread)));
        Assert.NotEqual(parsed.Parser.SamplerThread, gc[0].Thread);

        // One suspension for each tick, and every one of them ends.
        var ticks = parsed.Of(SampleSource.Tick).ToArray();
        Assert.InRange(others.Length, 20, 200);
        Assert.Equal(parsed.SuspendBegins.Count, parsed.SuspendEnds.Count);
        Assert.All(ticks, tick => Assert.Contains(others, s => s.Timestamp <= tick.Timestamp && tick.Timestamp - s.Timestamp < 50_000_000));
    }

    [Fact]
    public void Ticks_say_who_was_in_managed_code_and_whose_stack_is_cut()
    {
        var ticks = GoldenStream.Parse("ticks").Of(SampleSource.Tick).ToArray();
        Assert.Contains(ticks, tick => tick.Managed);
        Assert.Contains(ticks, tick => !tick.Managed);
        Assert.Contains(ticks, tick => tick.Truncated);
        Assert.All(ticks, tick => Assert.Equal(tick.Stack.Length == 100, tick.Truncated));
        Assert.All(ticks, tick => Assert.InRange(tick.Stack.Length, 0, 100));
    }

    private static byte[] Allocation(string type, long size) =>
        NettraceBuilder.Numbers(0, (ushort)0, 1UL, type, 2UL, size, 0L);

    // Ten nanoseconds apart; as in a real stream only beginnings have a stack.
    private void Write(params (int Id, int Version, byte[] Payload)[] events)
    {
        var builder = new NettraceBuilder().Stacks(1, [0xAA]);
        for (var i = 0; i < events.Length; i++)
        {
            builder.Metadata(i + 1, NettraceBuilder.Runtime, events[i].Id, events[i].Version)
                .Events(new EventToWrite(i + 1, Thread, (uint)i + 1, 1_000 + (10 * i), events[i].Payload) { Stack = events[i].Id is 81 or 301 ? 1 : 0 });
        }

        _parsed.Read(builder.End());
        Assert.True(_parsed.Reader.Ended, _parsed.Reader.Broken);
    }
}
