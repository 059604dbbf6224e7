using BenchmarkDotNet.Attributes;
using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Labels;

namespace SelfProfiler.Bench.Micro;

/// <summary>Samples on their way into windows: 4,000 different stacks of 40 frames over 5,000 addresses.</summary>
public class StackBenchmark
{
    private const int Stacks = 4_000;
    private const int Depth = 40;

    private readonly ulong[] _addresses = new ulong[Stacks * Depth];
    private readonly LabelEngine _labels = new(new LabelOptions());
    private StackInterner _interner = null!;
    private Aggregator _aggregator = null!;
    private ProfileWindow _window = null!;
    private long _now;
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        for (var stack = 0; stack < Stacks; stack++)
        {
            for (var level = 0; level < Depth; level++)
            {
                // Leaf first: the outer half of the frames is common, the inner ones branch.
                var branch = level > Depth / 2 ? 0 : stack >> (level / 2);
                _addresses[(stack * Depth) + level] = 0x7F00_0000_0000UL + (ulong)(((level * 131) + branch) % 5_000 * 64);
            }
        }

        var trie = new StackTrie();
        _interner = new StackInterner(trie, new FrameTable(static _ => null), Limits.StackNodes);
        _aggregator = new Aggregator(static _ => null, _labels.Timeline, _labels.Requests);
        _window = new ProfileWindow(Kinds.Interval, 0, long.MaxValue, _labels.Requests, Limits.WindowCells);
        _aggregator.Windows.Open(_window);
        for (var i = 0; i < Stacks; i++)
        {
            Intern();
            Aggregate();
        }
    }

    [Benchmark]
    public int Intern() => _interner.Intern(Sample());

    /// <summary>Intern, look up the label, count in the window.</summary>
    [Benchmark]
    public void Aggregate() => _aggregator.OnSample(Sample(), 1);

    /// <summary>A window of 4,000 rows becomes arrays.</summary>
    [Benchmark]
    public object Seal() => _aggregator.Seal(_window, ++_now, DateTimeOffset.UnixEpoch, 0, []);

    private RawSample Sample()
    {
        _next = (_next + 1) % Stacks;
        return new RawSample
        {
            Source = SampleSource.Allocation,
            Thread = 1,
            Timestamp = ++_now,
            Count = 1,
            Value = 100,
            Addresses = _addresses.AsSpan(_next * Depth, Depth),
        };
    }
}
