using System.Runtime.CompilerServices;

namespace SelfProfiler.TestKit.Workloads;

/// <summary>Burns CPU in one of three ways that clocks and samplers see differently.</summary>
public static class CpuKinds
{
    /// <summary>Arithmetic, system calls, or allocation of much that lives on.</summary>
    public static Action Of(string kind) => kind switch
    {
        "user" => Compute,
        "system" => Call,
        "gc" => new Garbage().Churn,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Compute()
    {
        double value = 1;
        for (int i = 0; i < 200_000; i++)
        {
            value = Math.Sqrt(value + i);
        }

        GC.KeepAlive(value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Call()
    {
        for (int i = 0; i < 20; i++)
        {
            _ = File.ReadAllText("/proc/self/status").Length;
        }
    }

    private sealed class Garbage
    {
        private readonly Node?[] _roots = new Node?[50_000];
        private int _next;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Churn()
        {
            for (int i = 0; i < 20_000; i++)
            {
                _next = (_next + 7919) % _roots.Length;
                _roots[_next] = new Node(_roots[(_next * 31L % _roots.Length)], new byte[64]) { Next = null };
            }

            GC.Collect(1);
        }

        private sealed class Node(object? other, byte[] bytes)
        {
            public object? Next { get; set; } = other;

            public byte[] Bytes => bytes;
        }
    }
}
