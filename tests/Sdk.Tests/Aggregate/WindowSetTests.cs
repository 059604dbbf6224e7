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
}
