using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class WindowSetTests
{
    [Fact]
    public void Samples_of_a_boost_that_come_when_the_next_has_begun_keep_its_name()
    {
        var (first, second) = (SampleFlagsExtensions.OfTrigger(1), SampleFlagsExtensions.OfTrigger(2));
        var windows = new WindowSet();
        var window = new ProfileWindow(Kinds.Only(ProfileKind.Cpu), 0, long.MaxValue, new RequestTable(new LabelCounters(), 256), maxCells: 100);
        windows.Open(window);
        windows.Mark(first, 100, 300);
        windows.Mark(second, 200, 400);
        foreach (long time in (ReadOnlySpan<long>)[50, 150, 250, 350, 450])
        {
            windows.Add(ProfileKind.Cpu, time, new SampleKey(Stack: (int)time, default, 0, SampleFlags.None), 1, 1, 0);
        }

        var rows = window.CellsOf(ProfileKind.Cpu)!;
        var seen = Enumerable.Range(0, rows.Count).OrderBy(row => rows.Key(row).Stack).Select(row => rows.Key(row).Flags.Trigger());
        Assert.Equal([0, 1, 2, 2, 0], seen);
    }

    /// <summary>They were kept without a bound: a capture of minutes on a busy server had hundreds of thousands.</summary>
    [Fact]
    public void A_window_keeps_so_many_requests_and_of_others_the_route()
    {
        const int Route = 7;
        var requests = new RequestTable(new LabelCounters(), Limits.WindowRequests + 256);
        var windows = new WindowSet();
        var window = new ProfileWindow(Kinds.Only(ProfileKind.Wall), 0, long.MaxValue, requests, maxCells: int.MaxValue);
        windows.Open(window);
        for (int i = 0; i < Limits.WindowRequests + 10; i++)
        {
            var request = requests.Claim(0, (ulong)i + 1, 1, start: 1, Route);
            windows.Add(ProfileKind.Wall, 2, new SampleKey(1, new LabelRef(request, 0, 0), 0, SampleFlags.None), 1, 1, 0);
        }

        Assert.Equal(Limits.WindowRequests, window.Requests().Length);
        Assert.Equal((10, 10), (window.Overflowed, windows.Overflowed));
        var rows = window.CellsOf(ProfileKind.Wall)!;
        var rest = rows.Key(rows.Count - 1);
        Assert.Equal((Limits.WindowRequests + 1, Route, 10), (rows.Count, rest.Route, (int)rows[rows.Count - 1].Count));
    }
}
