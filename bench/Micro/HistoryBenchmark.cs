using BenchmarkDotNet.Attributes;
using SelfProfiler.Aggregate;
using SelfProfiler.History;
using SelfProfiler.Sdk.Tests.History;
using SelfProfiler.Serve.Ui;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Bench.Micro;

/// <summary>1,000 windows of history made one answer: at most 0.5 s. At the reference load (2,000 requests and 2,000 CPU samples a window) and at a tenth of it.</summary>
public class HistoryBenchmark
{
    private HistoryStore _store = null!;
    private SealedWindow _window = null!;
    private WindowPacker _packer = null!;

    [Params(0.1, 1)]
    public double Load { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _store = new HistoryStore(1L << 30, _ => null);
        var load = new Load();
        for (int i = 0; i < 1_000; i++)
        {
            _store.Add(load.Window(i, Load));
        }

        _window = load.Window(1_000, Load);
        _packer = new WindowPacker(new StackTables());
    }

    /// <summary>The graph of everything.</summary>
    [Benchmark]
    public void FlameOfAll() => FlameJson.Write(Ask(new ProfileFilter { WithoutLabels = true }), Stream.Null);

    [Benchmark]
    public void FlameOfARoute() => FlameJson.Write(Ask(new ProfileFilter { WithoutLabels = true, Route = "/route39" }), Stream.Null);

    [Benchmark]
    public void FlameOfATrace() => FlameJson.Write(Ask(new ProfileFilter { WithoutLabels = true, TraceId = new string('1', 32) }), Stream.Null);

    /// <summary>What the history thread does every ten seconds.</summary>
    [Benchmark]
    public void PackOneWindow() => _packer.Pack(_window);

    private Profile Ask(ProfileFilter filter)
    {
        var names = new Dictionary<FrameKey, Frame>();
        return new ProfileBuilder(
            ProfileKind.Cpu,
            filter,
            new LabelTexts(_ => null, route => route == 0 ? null : "/route" + route, _ => []),
            (key, _) => names.TryGetValue(key, out var frame) ? frame : names[key] = new Frame(key.Synthetic ?? "?", "", 0, "", (ulong)names.Count + 1))
            .Build(_store.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue, Kinds.Only(ProfileKind.Cpu), filter.NeedsRequests), "Shop");
    }
}
