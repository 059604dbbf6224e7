using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Sdk.Tests.History;

/// <summary>Makes sealed windows by hand and asks questions of them.</summary>
internal static class Windows
{
    public const int RouteCount = 5;

    public static readonly DateTimeOffset Epoch = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Window <paramref name="index"/> of ten seconds: each request has one CPU sample of 10 ms on its own stack.</summary>
    public static SealedWindow Of(int index, int requests, int stacks = 50, bool ended = true, int seconds = 10, SampleFlags flags = SampleFlags.None)
    {
        long from = index * seconds * 1_000_000_000L;
        var parents = new List<int> { -1, 0 };
        var nodeFrames = new List<int> { 0, 1 };
        var frames = new List<FrameKey> { default, FrameKey.OfName("Main") };
        for (int stack = 0; stack < stacks; stack++)
        {
            parents.Add(1);
            nodeFrames.Add(frames.Count);
            frames.Add(FrameKey.OfName("Method" + stack));
        }

        var rows = new SealedRow[ProfileWindow.KindCount][];
        Array.Fill(rows, []);
        var infos = new RequestInfo[requests];
        rows[(int)ProfileKind.Cpu] = new SealedRow[requests];
        for (int i = 0; i < requests; i++)
        {
            var id = RequestId.Of(i, index + 1);
            infos[i] = new RequestInfo(id, 0, TraceOf(index, i), 7, 1 + (i % RouteCount), 1, 200, from, ended ? from + 5_000_000 : 0);
            rows[(int)ProfileKind.Cpu][i] = new SealedRow(2 + (i % stacks), new LabelRef(id, 7, 0), 0, flags, 1, 10_000_000 + (i % stacks));
        }

        return new SealedWindow
        {
            From = from,
            To = from + (seconds * 1_000_000_000L),
            Start = Epoch.AddSeconds(index * (double)seconds),
            Frames = [.. frames],
            NodeParent = [.. parents],
            NodeFrame = [.. nodeFrames],
            Rows = rows,
            Requests = infos,
        };
    }

    public static ulong TraceOf(int window, int request) => ((ulong)(window + 1) << 32) | (uint)request;

    public static Profile Ask(IReadOnlyList<SealedWindow> windows, ProfileFilter? filter = null, ProfileKind kind = ProfileKind.Cpu) => new ProfileBuilder(
        kind,
        filter ?? new ProfileFilter(),
        new LabelTexts(_ => null, route => route == 0 ? null : "/route" + route, _ => []),
        NameOnce).Build(windows, "Shop");

    private static readonly Dictionary<string, Frame> _names = [];

    private static Frame NameOnce(FrameKey key, bool native)
    {
        lock (_names)
        {
            string name = key.Synthetic ?? "?";
            return _names.TryGetValue(name, out var frame) ? frame : _names[name] = new Frame(name, "", 0, "", (ulong)_names.Count + 1);
        }
    }
}
