using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using SelfProfiler.Sdk.Tests.Decode;
using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests;

/// <summary>A session that runs part of the time, and threads that are blocked over its edges: what it counts is what there was.</summary>
public sealed class WindowEdgeTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private const int Threads = 20;

    private readonly DutyCycle _cycle = new(new Random(1));
    private readonly Random _random = new(3);
    private readonly Pipeline _pipeline;
    private readonly ProfileWindow _window;
    private readonly List<(long At, int Thread, bool Begins)> _events = [];
    private double _count;
    private double _ns;

    public WindowEdgeTests()
    {
        var counters = new LabelCounters();
        var requests = new RequestTable(counters, 256);
        _pipeline = new Pipeline(new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), requests, counters), requests)
        {
            WeightOf = _ => _cycle.Weight,
        };
        _window = new ProfileWindow(Kinds.Only(ProfileKind.Contention), 0, long.MaxValue, requests, Limits.WindowCells);
        _pipeline.Aggregator.Windows.Open(_window);
    }

    public void Dispose() => _pipeline.Dispose();

    /// <summary>Without what is open at the edges three tenths were missing: windows take 0.5 to 1.5 s here, and a thread is blocked for 0.1 to 0.45.</summary>
    [Fact]
    public void Blocked_over_the_edges_of_windows()
    {
        const long End = 4_000 * Second;
        for (var thread = 1; thread <= Threads; thread++)
        {
            Live(thread, End);
        }

        _events.Sort();
        Watch(0.1);
        var cells = _window.CellsOf(ProfileKind.Contention)!;
        var seen = Enumerable.Range(0, cells.Count).Select(i => cells[i]).ToArray();
        Assert.InRange(seen.Sum(cell => cell.Count) / _count, 0.95, 1.05);
        Assert.InRange(seen.Sum(cell => cell.Value) / _ns, 0.95, 1.05);
    }

    private void Live(int thread, long end)
    {
        var now = Second;
        while (now < end)
        {
            now += Span(0.1, 0.5);
            var blocked = Span(0.1, 0.45);
            _events.Add((now, thread, true));
            _events.Add((now += blocked, thread, false));
            (_count, _ns) = (_count + 1, _ns + blocked);
        }
    }

    private long Span(double from, double to) => (long)((from + (_random.NextDouble() * (to - from))) * Second);

    // The runtime writes an end only where it wrote the beginning: a thread that is blocked already is not seen.
    private void Watch(double duty)
    {
        var begun = new HashSet<int>();
        var window = new List<(long At, int Thread, bool Begins)>();
        var on = true;
        foreach (var (at, thread, begins) in _events)
        {
            if (_cycle.At(at, duty) != on)
            {
                on = !on;
                if (!on)
                {
                    Read(window, at);
                    window.Clear();
                    begun.Clear();
                }
            }

            if (on && (begins ? begun.Add(thread) : begun.Remove(thread)))
            {
                window.Add((at, thread, begins));
            }
        }
    }

    private void Read(List<(long At, int Thread, bool Begins)> window, long end)
    {
        const int Start = 81;
        const int Stop = 91;
        var builder = new NettraceBuilder().Metadata(Start, NettraceBuilder.Runtime, Start, 2).Metadata(Stop, NettraceBuilder.Runtime, Stop, 0);
        var numbers = new uint[Threads + 1];
        foreach (var (at, thread, begins) in window)
        {
            byte[] payload = begins ? NettraceBuilder.Numbers((byte)0, (ushort)0, 1UL, 2UL, 77L) : NettraceBuilder.Numbers((byte)0, (ushort)0);
            builder.Events(new EventToWrite(begins ? Start : Stop, thread, ++numbers[thread], at, payload));
        }

        var connection = new SampleConnection(_pipeline.Handlers, _ => { });
        connection.OnBytes(builder.End());
        connection.StopsAt(end);
        connection.OnClosed(PumpClose.EndOfStream);
        Assert.Equal(0, connection.Counters.LostEvents);
    }
}
