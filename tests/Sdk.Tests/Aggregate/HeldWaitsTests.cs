using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

/// <summary>The runtime tells what a precompiled method is called after it was seen first.</summary>
public sealed class HeldWaitsTests
{
    private const long Second = 1_000_000_000;
    private const ulong Leaf = 0x1000;
    private const ulong Caller = 0x2000;

    private readonly Dictionary<ulong, MethodBody> _named = [];
    private readonly Aggregator _aggregator;
    private readonly ProfileWindow _window;
    private readonly ProfileWindow _sinceStart;
    private readonly HashSet<int> _waiting = [];
    private long _now = Second;

    public HeldWaitsTests()
    {
        var counters = new LabelCounters();
        var requests = new RequestTable(counters, 256);
        var labels = new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), requests, counters);
        _aggregator = new Aggregator(address => _named.GetValueOrDefault(address & ~0xFFFul), labels, requests);
        _window = new ProfileWindow(Kinds.Only(ProfileKind.Waits) | Kinds.Only(ProfileKind.Wall), 0, long.MaxValue, requests, maxCells: 1_000);
        _sinceStart = new ProfileWindow(Kinds.Cumulative, 0, long.MaxValue, requests, maxCells: 1_000) { Cumulative = true };
        _aggregator.Windows.Open(_window);
        _aggregator.Windows.Open(_sinceStart);
        Name(Caller, "Shop.Till", "Pay");
    }

    [Fact]
    public void A_wait_for_a_lock_is_none_also_when_the_lock_has_no_name_yet()
    {
        Wait();
        Close();
        Name(Leaf, "System.Threading.Monitor", "Enter_Slowpath");
        Close();

        Assert.Equal(0, _aggregator.Waits.Count);
        Assert.Equal((0, 0), (Waited(_window), WallTime()));
    }

    [Fact]
    public void A_wait_whose_frames_are_named_late_counts_when_they_are()
    {
        Wait();
        Close();
        Assert.Equal((0, 1), (Waited(_window), _aggregator.Waits.Count));
        Assert.Contains(7, _waiting); // what the thread did is not known: its time must not be called a rest

        Name(Leaf, "System.Threading.WaitHandle", "WaitOne");
        Close();
        Assert.Equal((0.1 * Second, 0.1 * Second), (Waited(_window), WallTime()));
        Assert.DoesNotContain(7, _waiting);
    }

    [Fact]
    public void What_nobody_names_counts_after_a_while()
    {
        Wait();
        for (int i = 0; i < 12; i++)
        {
            Close();
        }

        Assert.Equal(0.1 * Second, Waited(_window));
    }

    [Fact]
    public void A_window_that_ends_gets_what_there_is_and_a_table_since_the_start_can_wait()
    {
        Wait();
        _aggregator.Seal(_sinceStart, _now, default, 0, []);
        Assert.Equal(1, _aggregator.Waits.Count);
        _aggregator.Seal(_window, _now, default, 0, []); // it ended at the end of that window: it is the next one's
        Assert.Equal(1, _aggregator.Waits.Count);
        _aggregator.Seal(_window, _now + 1, default, 0, []);

        Assert.Equal(0, _aggregator.Waits.Count);
        Assert.Equal(0.1 * Second, Waited(_window));
    }

    [Fact]
    public void Room_is_bounded()
    {
        for (int i = 0; i < HeldWaits.Most + 10; i++)
        {
            Wait();
        }

        Assert.Equal(HeldWaits.Most, _aggregator.Waits.Count);
        Assert.Equal(Second, Waited(_window), 1.0);
    }

    [Fact]
    public void A_guess_that_was_wrong_is_forgotten()
    {
        _named[Leaf] = new MethodBody { Start = Leaf - 0x800, Size = 0x1000, Namespace = "System", Name = "Small", Signature = "void ()", Guessed = true };
        Wait();
        Close();
        Assert.Equal(1, _aggregator.Waits.Count);

        _named[Leaf].Removed = true;
        Name(Leaf, "System.Threading.Lock", "EnterSlow");
        Close();

        Assert.Equal(0, _aggregator.Waits.Count);
        Assert.Equal(0, Waited(_window));
    }

    private static double Waited(ProfileWindow window) =>
        window.CellsOf(ProfileKind.Waits) is { } cells ? Enumerable.Range(0, cells.Count).Sum(i => cells[i].Value) : 0;

    private double WallTime() => _window.CellsOf(ProfileKind.Wall) is { } cells ? Enumerable.Range(0, cells.Count).Sum(i => cells[i].Value) : 0;

    private void Name(ulong start, string type, string method) =>
        _named[start] = new MethodBody { Start = start, Size = 0x1000, Namespace = type, Name = method, Signature = "void ()" };

    private void Wait() => _aggregator.OnSample(
        new RawSample { Source = SampleSource.Wait, Thread = 7, Timestamp = _now, Value = 0.1 * Second, Count = 1, Addresses = [Leaf + 0x10, Caller + 0x10] }, 1);

    private void Close()
    {
        _now += Second / 2;
        _waiting.Clear();
        _aggregator.Close(new CpuPeriod(_now, Second / 2, true, Second, 0, false, false, Last: false), _waiting, []);
    }
}
