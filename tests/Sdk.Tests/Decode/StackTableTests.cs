using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

public sealed class StackTableTests
{
    private static readonly byte[] Payload = [];

    [Fact]
    public void Numbers_begin_again_at_a_sequence_point()
    {
        var stream = new NettraceBuilder().Metadata(1, "P", 1)
            .Stacks(1, [0xA])
            .Stacks(2, [0xB], [0xC])
            .Events(Event(1, stack: 1), Event(2, stack: 3))
            .SequencePoint(10, (1, 2))
            .Events(Event(3, stack: 1))
            .Stacks(1, [0xD])
            .Events(Event(4, stack: 1))
            .End();
        Assert.Equal(["a", "c", "", "d"], GoldenStream.Decode(stream, out var reader).Select(e => e.Stack));
        Assert.Equal(1, reader.Counters.DroppedStacks);
    }

    [Fact]
    public void Stacks_of_a_skipped_block_are_missing_and_the_others_stay_right()
    {
        var stream = new NettraceBuilder().Metadata(1, "P", 1)
            .Stacks(1, [0xA])
            .Stacks(4, [0xD])
            .Events(Event(1, stack: 1), Event(2, stack: 3), Event(3, stack: 4))
            .End();
        Assert.Equal(["a", "", "d"], GoldenStream.Decode(stream).Select(e => e.Stack));
    }

    [Fact]
    public void Stacks_over_the_limit_are_counted_and_read_as_none()
    {
        var table = new StackTable();
        var counters = new DecodeCounters();
        var deep = new ulong[DecodeLimits.MaxStackAddresses / 2];
        Array.Fill(deep, 7UL);
        Assert.True(table.Add(Block(1, deep), sizeof(ulong), counters));
        Assert.True(table.Add(Block(2, deep), sizeof(ulong), counters));
        Assert.True(table.Add(Block(3, [8]), sizeof(ulong), counters));
        Assert.Equal(1, counters.DroppedStacks);
        Assert.True(table.TryFind(2, out var second));
        Assert.Equal(deep.Length, second.Length);
        Assert.True(table.TryFind(3, out var third));
        Assert.True(third.IsEmpty);

        table.Clear();
        Assert.False(table.TryFind(1, out _));
        Assert.True(table.Add(Block(1, [9]), sizeof(ulong), counters));
        Assert.True(table.TryFind(1, out var again));
        Assert.Equal([9UL], again.ToArray());
    }

    [Fact]
    public void More_stacks_than_the_limit_are_counted()
    {
        var table = new StackTable();
        var counters = new DecodeCounters();
        byte[] body = [.. NettraceBuilder.Numbers(1, DecodeLimits.MaxStacks + 2), .. new byte[(DecodeLimits.MaxStacks + 2) * sizeof(int)]];
        Assert.True(table.Add(body, sizeof(ulong), counters));
        Assert.Equal(2, counters.DroppedStacks);
        Assert.True(table.TryFind(DecodeLimits.MaxStacks, out _));
        Assert.False(table.TryFind(DecodeLimits.MaxStacks + 1, out _));
    }

    private static byte[] Block(int first, ulong[] stack) =>
        [.. NettraceBuilder.Numbers(first, 1, stack.Length * sizeof(ulong)), .. System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(stack)];

    private static EventToWrite Event(uint sequence, int stack) => new(1, 1, sequence, sequence, Payload) { Stack = stack };
}
