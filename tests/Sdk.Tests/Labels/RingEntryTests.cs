using System.Runtime.CompilerServices;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public sealed class RingEntryTests
{
    [Theory]
    [InlineData(0, 1, 0, 0, 0, 0UL, false)]
    [InlineData(RingEntry.MaxSlot, int.MaxValue, RingEntry.MaxRoute, RingEntry.MaxChain, RingEntry.MaxLabelSet - 1, ulong.MaxValue, true)]
    [InlineData(RingEntry.MaxSlot, 1, 0, 0, 0, 1UL, true)]
    [InlineData(0, int.MaxValue, 1, RingEntry.MaxChain, 0, 0UL, false)]
    [InlineData(0, 1, RingEntry.MaxRoute, 0, 1, 0UL, false)]
    public void Everything_fits_beside_everything_else(int slot, int generation, int route, int chain, int set, ulong span, bool ended)
    {
        var root = new RequestContext(RequestId.Of(slot, generation), null, 0, 0, 0, 1) { Route = route, Ended = ended };
        var entry = new RingEntry(77, new LabelContext(root, null, span, set, 0) { Chain = (ushort)chain }, 0);
        foreach (long allocated in (long[])[0, 8, 1L << 60, long.MaxValue])
        {
            entry.Allocated = allocated;

            Assert.Equal(new LabelRef(RequestId.Of(slot, generation), span, set), entry.Label);
            Assert.Equal((77, route, chain, ended), (entry.Timestamp, entry.Route, entry.Chain, entry.AfterRequest));
            Assert.False(entry.IsUnknown || entry.IsNone);
        }
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(0, (1L << 34) - 8)]
    [InlineData((1L << 34) - 16, 4_096)]
    [InlineData(long.MaxValue - (1L << 40) - 7, 12_000_000_000)]
    public void What_was_allocated_in_between_is_exact(long before, long bytes)
    {
        var earlier = RingEntry.Gap(1, before);
        var later = new RingEntry(2, null, before + bytes);

        Assert.Equal(bytes, later.AllocatedSince(earlier));
        Assert.True(earlier.IsUnknown && later.IsNone);
    }

    [Fact]
    public void What_tables_give_out_fits()
    {
        var counters = new LabelCounters();
        var routes = new RouteTable(counters);
        var sets = new LabelSetTable(counters, max: 100_000); // what options permit
        for (int i = 0; i < LabelLimits.Routes; i++)
        {
            Assert.InRange(routes.Intern($"/{i}"), 1, RingEntry.MaxRoute);
        }

        for (int i = 0; i < 100_000; i++)
        {
            Assert.InRange(sets.With(0, [new("key", $"{i}")]), 1, RingEntry.MaxLabelSet - 1);
        }

        Assert.Equal(RingEntry.MaxChain, SpanChains.Max - 1);
        Assert.Equal(1_048_576 - 1, RingEntry.MaxSlot); // options permit as many requests
        Assert.Equal(32, Unsafe.SizeOf<RingEntry>());
    }
}
