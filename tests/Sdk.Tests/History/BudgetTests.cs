using System.Diagnostics;
using SelfProfiler.History;
using Xunit;

namespace SelfProfiler.Sdk.Tests.History;

public sealed class BudgetTests
{
    private const long Megabyte = 1024 * 1024;
    private const int Day = 24 * 360;
    private const int TenMinutes = 60;

    /// <summary>A day at the reference load. Before the last 25 minutes windows are longer and thinner, unless the whole load is asked for: they are merged anyway.</summary>
    [Fact]
    public void A_day_at_the_reference_load_fits_and_the_last_ten_minutes_have_their_traces()
    {
        bool whole = Environment.GetEnvironmentVariable("HISTORY_WHOLE_DAY") == "1";
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var store = new HistoryStore(8 * Megabyte, id => new() { Id = id, End = 1 });
        var load = new Load();
        long fixture = GC.GetTotalMemory(forceFullCollection: true) - before;
        long most = 0, slowest = 0;
        for (int i = 0; i < Day; i += whole || i >= Day - 150 ? 1 : 15)
        {
            var window = whole || i >= Day - 150 ? load.Window(i) : load.Window(i, 0.2, seconds: 150);
            long start = Stopwatch.GetTimestamp();
            store.Add(window);
            slowest = Math.Max(slowest, Stopwatch.GetTimestamp() - start);
            most = i % 30 == 0 || i > Day - 10 ? Math.Max(most, store.Status(0).Bytes) : most;
        }

        var status = store.Status(0);
        long memory = GC.GetTotalMemory(forceFullCollection: true) - before - fixture;
        string figures = FormattableString.Invariant(
            $"{status.Sentence} most {most / 1048576.0:0.00} MB; in memory {memory / 1048576.0:0.00} MB; exact for {(Windows.Epoch.AddDays(1) - status.ExactSince)!.Value.TotalMinutes:0.0} min; folded {status.Folded}; slowest window {slowest / 1e6:0} ms");
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(most <= 8 * Megabyte, figures);
        Assert.True(memory <= 12 * Megabyte, figures); // headers of arrays, and what other tests keep
        Assert.True(status.Since <= Windows.Epoch.AddMinutes(1), figures);
        Assert.True(status.ExactSince <= Windows.Epoch.AddSeconds((Day - TenMinutes) * 10), figures);
        Assert.Equal(0, status.Dropped);

        var oldest = store.Between(Windows.Epoch.AddDays(1).AddMinutes(-10), DateTimeOffset.MaxValue, Kinds.Only(ProfileKind.Wall)).First();
        var request = oldest.Requests.First(known => oldest.Rows[(int)ProfileKind.Wall].Any(row => row.Label.Request == known.Id));
        var found = Windows.Ask([oldest], new ProfileFilter { TraceId = $"{request.TraceIdHigh:x16}{request.TraceIdLow:x16}" }, ProfileKind.Wall);
        Assert.True(found.Sum(1) > 0);
        GC.KeepAlive(load);
    }

    [Fact]
    public void Above_the_load_exact_history_shortens_and_the_status_says_since_when()
    {
        var store = new HistoryStore(8 * Megabyte, _ => null);
        var load = new Load(perSecond: 1_000);
        for (int i = 0; i < 24; i++)
        {
            store.Add(load.Window(i));
        }

        var status = store.Status(0);
        Assert.InRange(status.Bytes, Megabyte, 8 * Megabyte);
        Assert.Equal(Windows.Epoch, status.Since);
        Assert.InRange(status.ExactSince!.Value, Windows.Epoch.AddSeconds(20), Windows.Epoch.AddSeconds(230));
        Assert.Contains($"trace ids since {status.ExactSince:HH:mm:ss}Z", status.Sentence, StringComparison.Ordinal);
    }

    /// <summary>On a busy server a minute's windows, unpacked all at once to be merged, were 25 MB here, and 77 on one with 800 requests a second.</summary>
    [Fact]
    public void Merging_takes_little_more_memory_than_packing()
    {
        var store = new HistoryStore(8 * Megabyte, _ => null);
        var load = new Load();
        var (ordinary, most) = (long.MaxValue, 0L);
        for (int i = 0; i < 120; i++)
        {
            var window = load.Window(i);
            long before = GC.GetAllocatedBytesForCurrentThread();
            store.Add(window);
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            (ordinary, most) = (i < 10 ? Math.Min(ordinary, taken) : ordinary, Math.Max(most, taken));
        }

        string figures = FormattableString.Invariant($"packing {ordinary / 1048576.0:0.0} MB, with merging at most {most / 1048576.0:0.0} MB; {store.Status(0).Sentence}");
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.InRange(most, 0, 16 * Megabyte);
        Assert.True(store.Status(0).ExactSince > Windows.Epoch, figures); // something was merged
    }

    [Fact]
    public void What_is_packed_comes_out_as_it_went_in()
    {
        var window = new Load().Window(3);
        var tables = new StackTables();
        var packed = new WindowPacker(tables).Pack(window);
        var again = WindowUnpacker.Unpack(packed, tables.View, Kinds.Interval);
        var cpuOnly = WindowUnpacker.Unpack(packed, tables.View, Kinds.Only(ProfileKind.Cpu));

        Assert.Equal(window.Requests.Length, again.Requests.Length);
        Assert.Equal(window.Requests.Sum(request => (decimal)request.TraceIdLow), again.Requests.Sum(request => (decimal)request.TraceIdLow));
        Assert.All(window.Requests.OrderBy(request => request.Start).Zip(again.Requests), pair =>
        {
            Assert.Equal((pair.First.TraceIdHigh, pair.First.RootSpanId, pair.First.Route, pair.First.Status), (pair.Second.TraceIdHigh, pair.Second.RootSpanId, pair.Second.Route, pair.Second.Status));
            Assert.Equal(pair.First.Ended, pair.Second.Ended);
            Assert.InRange(Math.Abs(pair.First.End - pair.First.Start - (pair.Second.End - pair.Second.Start)) * (pair.First.Ended ? 1 : 0), 0, 2_000);
        });
        foreach (var kind in new[] { ProfileKind.Cpu, ProfileKind.Wall, ProfileKind.Allocations })
        {
            var (expected, actual) = (Windows.Ask([window], null, kind), Windows.Ask([again], null, kind));
            Assert.Equal((expected.Sum(0), expected.Sum(1)), (actual.Sum(0), actual.Sum(1)));
            Assert.Equal(expected.SampleCount, actual.SampleCount);
            Assert.Equal(packed.Sums[(int)kind], actual.Sum(1));
        }

        Assert.Empty(cpuOnly.Rows[(int)ProfileKind.Wall]);
        Assert.Equal(window.Rows[(int)ProfileKind.Cpu].Length, cpuOnly.Rows[(int)ProfileKind.Cpu].Length);
    }

    /// <summary>Stacks do not become fewer with the budget: in 128 MB, a tenth of the history's 2 MB full, half of its windows were dropped again and again.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Stacks_of_an_ordinary_application_leave_room_for_its_windows_in_a_small_budget(int megabytes)
    {
        var store = new HistoryStore(megabytes * Megabyte, _ => null);
        var load = new Load(perSecond: 5, stacks: 1_000);
        for (int i = 0; i < 90; i++)
        {
            store.Add(load.Window(i, 0.2));
            Assert.InRange(store.Status(0).Bytes, 1, megabytes * Megabyte);
        }

        var status = store.Status(0);
        Assert.Equal(0, status.Dropped);
        Assert.Equal(Windows.Epoch, status.Since);
        Assert.True(status.ExactSince <= Windows.Epoch.AddSeconds((90 - TenMinutes) * 10), status.Sentence);
    }

    [Fact]
    public void Code_that_is_made_anew_all_the_time_does_not_break_the_budget()
    {
        var store = new HistoryStore(2 * Megabyte, _ => null);
        for (int i = 0; i < 100; i++)
        {
            store.Add(new Load(perSecond: 20, stacks: 400, seed: i + 1).Window(i));
            Assert.InRange(store.Status(0).Bytes, 1, 2 * Megabyte);
        }

        Assert.NotEmpty(store.Between(Windows.Epoch.AddSeconds(980), DateTimeOffset.MaxValue));
    }
}
