using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Sdk.Tests.History;

/// <summary>The reference load, as windows of ten seconds: 200 requests a second on two busy cores, 2,000 stacks of about 30 frames.</summary>
/// <remarks>Each request has a row of waiting on and off the thread; each core 99 CPU samples a second; an allocation sample a request.</remarks>
internal sealed class Load(int perSecond = 200, int stacks = 2_000, int seed = 1)
{
    private const int Seconds = 10;
    private const int CpuSamples = 2 * 99 * Seconds;
    private const int Routes = 20;

    private readonly Random _random = new(seed);
    private readonly (FrameKey[] Frames, int[] Parents, int[] NodeFrames, int[] Leaves) _stacks = Grow(stacks, new Random(seed));

    /// <param name="index">Counts tens of seconds.</param>
    /// <param name="share">Of the requests and samples: a thinner window is made faster.</param>
    /// <param name="seconds">How long it is.</param>
    public SealedWindow Window(long index, double share = 1, int seconds = Seconds)
    {
        long from = index * Seconds * 1_000_000_000L;
        var requests = new RequestInfo[(int)(perSecond * Seconds * share)];
        for (int i = 0; i < requests.Length; i++)
        {
            long start = from + (long)(_random.NextDouble() * Seconds * 1e9);
            long end = start + (long)(Math.Exp(_random.NextDouble() * 5) * 1e6);
            requests[i] = new RequestInfo(
                RequestId.Of((int)((index * requests.Length) + i) % 16_384, 1 + ((int)(index * requests.Length) / 16_384)),
                (ulong)_random.NextInt64(), (ulong)_random.NextInt64(), (ulong)_random.NextInt64(1, long.MaxValue),
                2 + (_random.Next(Routes) * 37), 0, _random.Next(20) == 0 ? 404 : 200, start, end > from + (Seconds * 1_000_000_000L) ? 0 : end);
        }

        var cpu = new SealedRow[(int)(CpuSamples * share)];
        var wall = new List<SealedRow>();
        for (int i = 0; i < cpu.Length; i++)
        {
            cpu[i] = Row(requests, 1, 10_101_010 + _random.Next(-900_000, 900_000));
            wall.Add(cpu[i]);
        }

        var allocations = new SealedRow[requests.Length];
        for (int i = 0; i < requests.Length; i++)
        {
            wall.Add(new SealedRow(1, Label(requests[i]), 0, SampleFlags.None, 0, _random.Next(50_000, 3_000_000)));
            wall.Add(new SealedRow(2, Label(requests[i]), 0, SampleFlags.None, 0, _random.Next(500_000, 90_000_000)));
            allocations[i] = Row(requests, _random.Next(1, 2_000), 102_400 + _random.Next(100_000));
        }

        var rows = new SealedRow[ProfileWindow.KindCount][];
        Array.Fill(rows, []);
        (rows[(int)ProfileKind.Cpu], rows[(int)ProfileKind.Wall], rows[(int)ProfileKind.Allocations]) = (cpu, [.. wall], allocations);
        return new SealedWindow
        {
            From = from,
            To = from + (seconds * 1_000_000_000L),
            Start = Windows.Epoch.AddSeconds(index * (double)Seconds),
            Frames = _stacks.Frames,
            NodeParent = _stacks.Parents,
            NodeFrame = _stacks.NodeFrames,
            Rows = rows,
            Requests = requests,
        };
    }

    private SealedRow Row(RequestInfo[] requests, long count, long value)
    {
        // A few stacks are hot, most are rare.
        double skewed = _random.NextDouble() * _random.NextDouble();
        return new SealedRow(
            _stacks.Leaves[(int)(skewed * _stacks.Leaves.Length)], Label(requests[_random.Next(requests.Length)]), 0, SampleFlags.None, count, value);
    }

    private static LabelRef Label(in RequestInfo request) => new(request.Id, request.RootSpanId, 0);

    private static (FrameKey[], int[], int[], int[]) Grow(int count, Random random)
    {
        var frames = new List<FrameKey> { default, FrameKey.OfName("[not running]"), FrameKey.OfName("[awaiting]") };
        for (int i = 0; i < 3_000; i++)
        {
            frames.Add(FrameKey.OfName($"Shop.Service{i / 10}.Method{i}(int)"));
        }

        var parents = new List<int> { -1, 0, 0 };
        var nodeFrames = new List<int> { 0, 1, 2 };
        var depths = new List<int> { 0, 100, 100 };
        int[] leaves = new int[count];
        for (int i = 0; i < count; i++)
        {
            // Most stacks leave a known one near its leaf: callers are shared.
            int node = i < 20 ? 0 : leaves[random.Next(i)];
            for (int up = random.Next(1, 8); up > 0 && node != 0; up--)
            {
                node = parents[node];
            }

            for (int depth = depths[node]; depth < 30; depth++)
            {
                parents.Add(node);
                nodeFrames.Add(3 + random.Next(3_000));
                depths.Add(depth + 1);
                node = parents.Count - 1;
            }

            leaves[i] = node;
        }

        return ([.. frames], [.. parents], [.. nodeFrames], leaves);
    }
}
