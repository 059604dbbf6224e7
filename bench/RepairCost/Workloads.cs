using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace SelfProfiler.RepairCost;

/// <summary>Code whose stacks need different things of the repair.</summary>
internal static class Workloads
{
    private const int Depth = 30;

    private static readonly byte[] Bytes = new byte[4096];
    private static readonly byte[] Hash = new byte[32];
    private static readonly Dictionary<string, int[]> Document = Enumerable.Range(0, 20).ToDictionary(i => "key" + i, i => Enumerable.Range(0, i).ToArray());
    private static int _sink;

    public static IEnumerable<(string Name, Action Work)> All =>
    [
        ("leaf", () => Deep(Depth, CallLeaf)),
        ("json", () => Deep(Depth, Json)),
        ("linq", () => Deep(Depth, Linq)),
        ("hash", () => Deep(Depth, HashBytes)),
        ("allocate", () => Deep(Depth, Allocate)),
        ("throw", () => Deep(Depth, Throw)),
    ];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Deep(int levels, Action work)
    {
        if (levels > 0)
        {
            return Deep(levels - 1, work) + 1;
        }

        work();
        return 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Leaf(int a, int b) => (a * 31) ^ (b / (a | 1));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CallLeaf()
    {
        for (var i = 0; i < 20_000; i++)
        {
            _sink = Leaf(_sink, i) + 1;
        }
    }

    private static void Json()
    {
        for (var i = 0; i < 10; i++)
        {
            _sink += JsonSerializer.Deserialize<Dictionary<string, int[]>>(JsonSerializer.SerializeToUtf8Bytes(Document))!.Count;
        }
    }

    private static void Linq() =>
        _sink += Document.SelectMany(pair => pair.Value).Select(value => value * 31).OrderBy(value => value % 7).GroupBy(value => value % 5).Sum(group => group.Count());

    /// <summary>OpenSSL uses the frame pointer for its own purposes.</summary>
    private static void HashBytes() => SHA256.HashData(Bytes, Hash);

    private static void Allocate()
    {
        var kept = new List<byte[]>();
        for (var i = 0; i < 200; i++)
        {
            kept.Add(new byte[i * 10]);
        }

        _sink += kept.Count;
    }

    private static void Throw()
    {
        try
        {
            throw new InvalidOperationException();
        }
        catch (InvalidOperationException)
        {
            _sink++;
        }
    }
}
