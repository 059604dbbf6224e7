using SelfProfiler.History;
using Xunit;

namespace SelfProfiler.Sdk.Tests.History;

public sealed class TableCompactionTests
{
    private readonly StackTables _tables = new();
    private readonly List<PackedWindow> _windows = [];

    public TableCompactionTests()
    {
        // Every window brings stacks that the next one does not have.
        var packer = new WindowPacker(_tables);
        for (int seed = 1; seed <= 8; seed++)
        {
            _windows.Add(packer.Pack(new Load(seed: seed).Window(seed)));
        }
    }

    [Fact]
    public void Windows_say_the_same_and_the_tables_have_what_they_need()
    {
        var kept = _windows.GetRange(6, 2);
        var before = kept.ConvertAll(window => Text(window, _tables.View));
        var compaction = new TableCompaction(_tables.View, kept);
        var moved = kept.ConvertAll(compaction.Move);

        Assert.Equal(before, moved.ConvertAll(window => Text(window, compaction.Tables.View)));
        Assert.Equal(before, kept.ConvertAll(window => Text(window, _tables.View))); // for a query that is under way
        Assert.InRange(compaction.Tables.NodeCount, 1_000, _tables.NodeCount / 2);
        Assert.InRange(compaction.Tables.Bytes, 1, _tables.Bytes / 2);
        Assert.InRange(moved.Sum(window => window.Bytes), 1, kept.Sum(window => window.Bytes) * 11 / 10);

        // The next window is packed with what is there.
        int nodes = compaction.Tables.NodeCount;
        new WindowPacker(compaction.Tables).Pack(new Load(seed: 8).Window(8));
        Assert.InRange(compaction.Tables.NodeCount, nodes, nodes * 5 / 4);
    }

    [Fact]
    public void Little_memory_is_taken_beside_the_new_tables()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var compaction = new TableCompaction(_tables.View, _windows);
        var moved = _windows.ConvertAll(compaction.Move);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;

        before = GC.GetAllocatedBytesForCurrentThread();
        var packer = new WindowPacker(new StackTables());
        foreach (var window in _windows)
        {
            packer.Pack(WindowUnpacker.Unpack(window, _tables.View, Kinds.Interval));
        }

        long unpacked = GC.GetAllocatedBytesForCurrentThread() - before;
        string figures = FormattableString.Invariant($"{taken / 1048576.0:0.0} MB, unpacked and packed again {unpacked / 1048576.0:0.0} MB");
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(taken < unpacked / 3, figures);
        Assert.Equal(_windows.Count, moved.Count);
    }

    // Rows in any order, with the names of their frames.
    private static string[] Text(PackedWindow packed, StackView view)
    {
        var window = WindowUnpacker.Unpack(packed, view, Kinds.Interval);
        return
        [
            .. window.Rows.SelectMany((rows, kind) => rows.Select(row => $"{kind} {row.Label} {row.Route} {row.Flags} {row.Count} {row.Value} {Stack(row.Node)}")).Order(StringComparer.Ordinal),
            .. window.Requests.Select(request => request.ToString()!),
        ];

        string Stack(int node)
        {
            var names = new List<string?>();
            for (; node > 0; node = window.NodeParent[node])
            {
                names.Add(window.Frames[window.NodeFrame[node]].Synthetic);
            }

            return string.Join(';', names);
        }
    }
}
