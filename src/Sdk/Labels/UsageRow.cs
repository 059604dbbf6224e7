namespace SelfProfiler.Labels;

/// <summary>What the request in one slot of the <see cref="RequestTable"/> used. Written by the pump alone, read by anybody.</summary>
internal struct UsageRow
{
    // Odd while the pump writes.
    private int _version;
    private int _generation;
    private RequestUsage _usage;

    /// <summary>Pump only.</summary>
    public void Add(int generation, in RequestUsage more)
    {
        Volatile.Write(ref _version, _version + 1);
        Interlocked.MemoryBarrier();
        _usage = _generation == generation ? _usage + more : more;
        _generation = generation;
        Volatile.Write(ref _version, _version + 1);
    }

    public readonly RequestUsage Read(int generation)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int before = Volatile.Read(in _version);
            var usage = _usage;
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
