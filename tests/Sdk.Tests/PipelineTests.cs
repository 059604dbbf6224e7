using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests;

[Collection(Quiet.Name)]
public sealed class PipelineTests : IDisposable
{
    private const long Second = 1_000_000_000;

    private readonly RequestTable _requests;
    private readonly Pipeline _pipeline;
    private readonly ProfileWindow _window;
    private readonly List<long> _lengths = [];
    private long _now = Clock.Now;

    public PipelineTests()
    {
        var counters = new LabelCounters();
        _requests = new RequestTable(counters, 256);
        _pipeline = new Pipeline(new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), _requests, counters), _requests);
        _pipeline.Measured = (_, _, _, wallNs) => _lengths.Add(wallNs);
        _window = new ProfileWindow(Kinds.Only(ProfileKind.Cpu), 0, long.MaxValue, _requests, Limits.WindowCells);
        _pipeline.Aggregator.Windows.Open(_window);
    }

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public void Clocks_rest_until_sources_run_and_windows_end_all_the_same()
    {
        Turn(20);
        Assert.Empty(_lengths);
        Assert.InRange(_pipeline.ClosedUntil, _now - Pipeline.ArrivalDelayNs, _now);

        _pipeline.Resume(_now);
        Turn(20);
        Assert.NotEmpty(_lengths);

        _pipeline.Pause(_now);
        var read = _lengths.Count;
        Turn(20);
        Assert.True(_pipeline.IsStopped);
        Assert.Equal(read, _lengths.Count);
        Assert.InRange(_pipeline.ClosedUntil, _now - Pipeline.ArrivalDelayNs, _now);
    }

    [Fact]
    public void An_unload_that_comes_late_takes_nothing_away_that_was_loaded_after_it()
    {
        _pipeline.Handlers.MethodLoad!(new MethodLoad { Start = 0x1000, Size = 0x100, MethodId = 1, Name = "New", Namespace = "dynamicClass", Signature = "void ()", Flags = 1, Timestamp = 20 });
        Assert.Equal("New", _pipeline.Methods.Find(0x1000)!.Name);
        _pipeline.Handlers.MethodUnload!(new MethodUnload(1, 0x1000, 0x100, Timestamp: 15));

        Assert.Equal("New", _pipeline.Methods.Find(0x1000)!.Name);
    }

    [Fact]
    public void The_first_period_after_a_pause_begins_where_the_pause_ended()
    {
        _pipeline.Resume(_now);
        Turn(20);
        _pipeline.Pause(_now);
        Turn(600);
        _lengths.Clear();
        _pipeline.Resume(_now);
        Turn(20);

        Assert.All(_lengths, length => Assert.InRange(length, 1, Second));
    }

    [Fact]
    public void What_is_used_during_a_pause_is_nobodys()
    {
        _pipeline.Resume(_now);
        Turn(10);
        _pipeline.Pause(_now);
        Turn(10);
        var before = Sum();
        var burnt = Burn(300);
        _pipeline.Resume(_now);
        Turn(200); // longer than anything is kept back

        Assert.InRange(Sum() - before, 0, burnt / 2.0);
    }

    [Fact]
    public void What_was_used_before_a_pause_is_told_before_it_ends()
    {
        _pipeline.Resume(_now);
        var burnt = Burn(300);
        Turn(5);
        _pipeline.Pause(_now);
        Turn(10);

        Assert.InRange(Sum(), burnt * 0.9, double.MaxValue);
    }

    [Fact]
    public void A_sample_that_comes_too_late_weighs_nothing_of_what_is_used_later()
    {
        _pipeline.KernelSamples = true;
        _pipeline.Resume(_now);
        Turn(10);
        _pipeline.Pause(_now);
        var taken = _now;
        Turn(10);
        Sample(taken);
        _pipeline.Resume(_now);
        Burn(100);
        Turn(20);

        Assert.Equal(0, Cells().Sum(cell => cell.Count)); // only what nobody could explain, which is no sample
    }

    [Fact]
    public void Resuming_before_the_last_period_is_closed_loses_nothing_of_it()
    {
        _pipeline.Resume(_now);
        var burnt = Burn(300);
        _pipeline.Pause(_now);
        _pipeline.Resume(_now);
        _pipeline.Resume(_now);

        Assert.False(_pipeline.IsStopped);
        Assert.InRange(Sum(), burnt * 0.9, double.MaxValue);
    }

    private SampleValue[] Cells() =>
        _window.CellsOf(ProfileKind.Cpu) is { } cells ? [.. Enumerable.Range(0, cells.Count).Select(number => cells[number])] : [];

    private double Sum() => Cells().Sum(cell => cell.Value);

    /// <summary>Turns of 50 ms, though none of them passes.</summary>
    private void Turn(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _now += 50_000_000;
            _pipeline.OnTurn(_now);
        }
    }

    private void Sample(long time) => _pipeline.OnSample(
        new RawSample { Source = SampleSource.Kernel, Thread = OsThread.CurrentId(), Timestamp = time, Count = 1, Addresses = [0x7000_0000_0000] });

    /// <returns>What this thread used, in nanoseconds.</returns>
    private static long Burn(int milliseconds)
    {
        var start = SelfProfiler.Diagnostics.Libc.ThreadCpuNs();
        long used;
        do
        {
            Thread.SpinWait(1_000);
            used = SelfProfiler.Diagnostics.Libc.ThreadCpuNs() - start;
        }
        while (used < milliseconds * 1_000_000L);

        return used;
    }
}
