using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class GapTests
{
    [Fact]
    public void Short_gaps_make_few_rows_however_often_stacks_are_numbered_anew()
    {
        var counters = new LabelCounters();
        var requests = new RequestTable(counters, 256);
        var aggregator = new Aggregator(_ => null, new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), requests, counters), requests);
        var window = new ProfileWindow(Kinds.Only(ProfileKind.Wall), 0, long.MaxValue, requests, maxCells: 100_000);
        aggregator.Windows.Open(window);

        // Numbers of stacks change with every compaction: over days there are any number of them.
        for (int stack = 1; stack <= 20_000; stack++)
        {
            aggregator.OnGap(1_000, 101_000, new SampleKey(stack, default, Route: 0, SampleFlags.None), 1);
        }

        var rows = window.CellsOf(ProfileKind.Wall)!;
        Assert.InRange(rows.Count, 1_600, 2_400); // two seconds in measures of a millisecond
        Assert.InRange(Enumerable.Range(0, rows.Count).Sum(i => rows[i].Value), 2e9 - 2e6, 2e9);
    }
}
