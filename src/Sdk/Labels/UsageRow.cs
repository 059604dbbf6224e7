namespace SelfProfiler.Labels;

/// <summary>What the request in one slot of the <see cref="RequestTable"/> used. 48 bytes, written by the pump alone, read by anybody.</summary>
internal struct UsageRow
{
    private const int PauseBits = 40;
    private const ulong MaxPause = (1UL << PauseBits) - 1;
    private const long MaxSamples = (1L << (64 - PauseBits)) - 1;

    // Odd while the pump writes.
    private int _version;
    private int _generation;
    private long _onThreadNs;
    private long _allocated;
    private long _lockWaitNs;
    private long _cpuNs;

    // Pauses for collections in the lower 40 bits (18 minutes), above them samples (16 million).
    private ulong _rest;

    private readonly RequestUsage Usage =>
        new(_onThreadNs, _allocated, _lockWaitNs, _cpuNs, (long)(_rest >> PauseBits)) { GcPauseNs = (long)(_rest & MaxPause) };

    /// <summary>Pump only.</summary>
    public void Add(int generation, in RequestUsage more)
    {
        Volatile.Write(ref _version, _version + 1);
        Interlocked.MemoryBarrier();
        var sum = _generation == generation ? Usage + more : more;
        (_onThreadNs, _allocated, _lockWaitNs, _cpuNs) = (sum.OnThreadNs, sum.AllocatedBytes, sum.LockWaitNs, sum.CpuNs);
        _rest = Math.Min((ulong)sum.GcPauseNs, MaxPause) | ((ulong)Math.Min(sum.CpuSamples, MaxSamples) << PauseBits);
        _generation = generation;
        Volatile.Write(ref _version, _version + 1);
    }

    public readonly RequestUsage Read(int generation)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int before = Volatile.Read(in _version);
            var usage = Usage;
            int of = _generation;
            Interlocked.MemoryBarrier();
            if ((before & 1) == 0 && Volatile.Read(in _version) == before)
            {
                return of == generation ? usage : default;
            }
        }

        return default; // the pump was interrupted in the middle of writing: as if it had not begun
    }
}
