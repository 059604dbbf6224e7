using System.Runtime.CompilerServices;

namespace SelfProfiler.TestKit.Workloads;

/// <summary>Allocates objects of two kinds from two methods, three quarters of the bytes from <c>Large</c>, and knows how many bytes it really took.</summary>
public sealed class Allocator
{
    private object? _last;

    /// <summary>As the runtime counted for the thread.</summary>
    public long Bytes { get; private set; }

    public object? Last => _last;

    public void Run(long bytes)
    {
        var start = GC.GetAllocatedBytesForCurrentThread();
        while (GC.GetAllocatedBytesForCurrentThread() - start < bytes)
        {
            Large();
            Small();
        }

        Bytes += GC.GetAllocatedBytesForCurrentThread() - start;
    }

    // 12 × (1,000 + 24) bytes against 64 × (40 + 24) bytes: 3 to 1.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Large()
    {
        for (var i = 0; i < 12; i++)
        {
            _last = new byte[1_000];
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Small()
    {
        for (var i = 0; i < 64; i++)
        {
            _last = new long[5];
        }
    }
}
