using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace SelfProfiler.SeccompHost;

/// <summary>Code whose callers a walk along frame pointers misses.</summary>
internal static class Workload
{
    private const int Rounds = 20_000;

    private static readonly object[] Objects = new object[1024];
    private static readonly object Something = new();
    private static readonly byte[] Bytes = new byte[4096];
    private static readonly byte[] Other = new byte[4096];
    private static readonly byte[] Hash = new byte[32];
    private static int _sink;

    /// <summary>The work, and a method that every one of its samples must show. <see cref="Root"/> must be there too.</summary>
    public static (Action Work, string Method, string? Below) Of(string scenario) => scenario switch
    {
        // A leaf without a frame: where Leaf is, CallLeaf must be.
        "leaf" => (CallLeaf, nameof(CallLeaf), nameof(Leaf)),

        // A method without a frame in the middle: where Leaf is, Middle must be.
        "middle" => (CallMiddle, nameof(Middle), nameof(Leaf)),

        // The runtime's write barrier has neither a frame nor a place in a library.
        "store" => (Store, nameof(Store), null),

        // libc's memmove; the round is so short that the loop around it is replaced on the stack.
        "copy" => (Copy, nameof(Copy), null),

        // OpenSSL uses the frame pointer for its own purposes.
        "hash" => (HashBytes, nameof(HashBytes), null),
        _ => throw new ArgumentException($"Unknown scenario {scenario}."),
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Root(Action work, Func<bool> goOn)
    {
        while (goOn())
        {
            work();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Leaf(int a, int b) => (a * 31) ^ (b / (a | 1));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Middle(int a, int b) => Leaf(a, b) + 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CallLeaf()
    {
        var x = 1;
        for (var i = 0; i < Rounds; i++)
        {
            x = Leaf(x, i) + 1;
        }

        _sink = x;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CallMiddle()
    {
        var x = 1;
        for (var i = 0; i < Rounds; i++)
        {
            x = Middle(x, i) + 1;
        }

        _sink = x;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Store()
    {
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < Objects.Length; i++)
            {
                Objects[i] = Something;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Copy()
    {
        for (var i = 0; i < 20; i++)
        {
            Buffer.BlockCopy(Bytes, 0, Other, 0, Bytes.Length);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void HashBytes() => SHA256.HashData(Bytes, Hash);
}
