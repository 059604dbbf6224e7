using SelfProfiler.Diagnostics;

namespace SelfProfiler.Aggregate;

/// <summary>The last reading of the clocks as the ledgers want it: what the application's threads used, and which threads are ours. Pump only.</summary>
internal sealed class CpuReading : IDisposable
{
    private readonly ThreadClocks _clocks;
    private CpuUse[] _uses = new CpuUse[64];
    private int _count;

    /// <param name="ended">Told of a thread's end.</param>
    public CpuReading(Action<int> ended) => _clocks = new ThreadClocks((thread, _) => ended(thread));

    public ThreadClocks Clocks => _clocks;

    /// <summary>Valid until the next reading.</summary>
    public ReadOnlySpan<CpuUse> Uses => _uses.AsSpan(0, _count);

    public double UnseenNs { get; private set; }

    /// <summary>When it was made.</summary>
    public long At { get; private set; }

    /// <summary>Waits for the samples taken before it.</summary>
    public bool IsPending { get; set; }

    /// <param name="now">The monotonic time.</param>
    /// <param name="ownThreads">Filled anew: the profiler's threads and the runtime's event threads.</param>
    /// <param name="kernelTime">Samples do not show time in the kernel: the clocks tell how much of it there was.</param>
    public ReadOnlySpan<ThreadCpu> Read(long now, HashSet<int> ownThreads, bool kernelTime)
    {
        var threads = _clocks.Read(now);
        if (_uses.Length < threads.Length)
        {
            _uses = new CpuUse[threads.Length * 2];
        }

        _count = 0;
        ownThreads.Clear();
        foreach (ref readonly var thread in threads)
        {
            if (thread.Kind is ThreadKind.Own or ThreadKind.EventPipe)
            {
                ownThreads.Add(thread.Tid);
                continue; // its cost, not the application's
            }

            long known = thread.UserNs + thread.KernelNs;
            _uses[_count++] = new CpuUse(
                thread.Tid, thread.CpuNs, kernelTime && known > 0 ? (double)thread.KernelNs / known : 0, NameOf(thread.Kind));
        }

        (UnseenNs, At, IsPending) = (_clocks.EndedNs, now, true);
        return threads;
    }

    /// <summary>What was used until now is nobody's.</summary>
    public void Skip(long now)
    {
        _ = _clocks.Read(now, all: true);
        _count = 0;
    }

    public void Dispose() => _clocks.Dispose();

    private static string NameOf(ThreadKind kind) => kind switch
    {
        ThreadKind.Gc => "[gc]",
        ThreadKind.Jit => "[jit]",
        ThreadKind.Runtime => "[runtime]",
        _ => "[native]",
    };
}
