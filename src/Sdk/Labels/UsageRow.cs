namespace SelfProfiler.Labels;

/// <summary>What the request in one slot of the <see cref="RequestTable"/> used, and how far the pump is with it. 48 bytes, written by the pump alone, read by anybody.</summary>
internal struct UsageRow
{
    private const int PauseBits = 40;
    private const int SampleBits = 22;
    private const long MaxPause = (1L << PauseBits) - 1;
    private const long MaxSamples = (1L << SampleBits) - 1;
    private const int ProgressShift = PauseBits + SampleBits;

    // Odd while the pump writes.
    private int _version;
    private int _generation;
    private long _onThreadNs;
    private long _allocated;
    private long _lockWaitNs;
    private long _cpuNs;

    // Pauses for collections in the lower 40 bits (18 minutes), above them samples (4 million), above those how far the pump is.
    private ulong _rest;

    /// <summary>Pump only.</summary>
    public readonly RequestUsage Usage =>
        new(_onThreadNs, _allocated, _lockWaitNs, _cpuNs, (long)(_rest >> PauseBits) & MaxSamples) { GcPauseNs = (long)_rest & MaxPause };

    /// <summary>Pump only.</summary>
    public readonly RequestProgress ProgressOf(int generation) =>
        _generation == generation ? (RequestProgress)(_rest >> ProgressShift) : RequestProgress.New;

    /// <summary>Pump only.</summary>
    public void Mark(int generation, RequestProgress progress)
    {
        if (_generation != generation)
        {
            Add(generation, default);
        }

        _rest = (_rest & ~(3UL << ProgressShift)) | ((ulong)progress << ProgressShift);
    }

    /// <summary>Pump only.</summary>
    public void Add(int generation, in RequestUsage more)
    {
        // The words of a reader that sees them half written are thrown away: its version differs.
        Volatile.Write(ref _version, _version + 1);
        Volatile.WriteBarrier();
        if (_generation != generation)
        {
            _generation = generation;
            _onThreadNs = _allocated = _lockWaitNs = _cpuNs = 0;
            _rest = 0;
        }

        _onThreadNs += more.OnThreadNs;
        _allocated += more.AllocatedBytes;
        _lockWaitNs += more.LockWaitNs;
        _cpuNs += more.CpuNs;
        if ((more.CpuSamples | more.GcPauseNs) != 0)
        {
            long pause = Math.Min(((long)_rest & MaxPause) + more.GcPauseNs, MaxPause);
            long samples = Math.Min(((long)(_rest >> PauseBits) & MaxSamples) + more.CpuSamples, MaxSamples);
            _rest = (_rest & (3UL << ProgressShift)) | ((ulong)samples << PauseBits) | (ulong)pause;
        }

        Volatile.Write(ref _version, _version + 1);
    }

    public readonly RequestUsage Read(int generation)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int before = Volatile.Read(in _version);
            var usage = Usage;
            int of = _generation;
            Volatile.ReadBarrier();
            if ((before & 1) == 0 && Volatile.Read(in _version) == before)
            {
                return of == generation ? usage : default;
            }
        }

        return default; // the pump was interrupted in the middle of writing: as if it had not begun
    }
}

/// <summary>How far the pump is with a request.</summary>
internal enum RequestProgress
{
    New,

    /// <summary>It has to be found out when nobody worked for it.</summary>
    Followed,

    /// <summary>It has ended, and its route has been told.</summary>
    Settled,
}
