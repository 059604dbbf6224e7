namespace SelfProfiler.Export;

/// <summary>A profile on its way to one destination.</summary>
internal sealed class QueuedExport(ProfileExport export, long number)
{
    public ProfileExport Export { get; } = export;

    /// <summary>Order of arrival.</summary>
    public long Number { get; } = number;

    public long Bytes { get; } = SizeOf(export.Profile.Data);

    public int Attempts { get; set; }

    // Arrays as they lie in memory; the strings of frames are shared with the symbol tables.
    private static long SizeOf(ProfileData data) =>
        (data.Samples.LongLength * 24) + (data.NodeParent.LongLength * 8) + (data.Frames.LongLength * 64) + (data.LabelSets.LongLength * 128);
}

/// <summary>What waits for one destination: bounded, the newest kept. A profile that failed steps behind those with fewer attempts, so that none blocks the others.</summary>
internal sealed class ExportQueue
{
    // Guarded by _gate: the export loop adds, the destination's worker takes and returns, anybody reads the counts.
    private readonly Lock _gate = new();
    private readonly List<QueuedExport> _waiting = [];
    private long _number;
    private long _bytes;
    private long _dropped;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    public long Dropped
    {
        get
        {
            lock (_gate)
            {
                return _dropped;
            }
        }
    }

    public void Add(ProfileExport export)
    {
        lock (_gate)
        {
            Insert_NeedsLock(new QueuedExport(export, ++_number));
        }
    }

    public bool TryTake(out QueuedExport item)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                item = null!;
                return false;
            }

            item = _waiting.MinBy(one => (one.Attempts, one.Number))!;
            Remove_NeedsLock(item);
            return true;
        }
    }

    /// <summary>Puts a profile back after a failed attempt.</summary>
    /// <returns>False when it had its attempts and is dropped.</returns>
    public bool Return(QueuedExport item)
    {
        lock (_gate)
        {
            if (++item.Attempts >= ExportLimits.Attempts)
            {
                _dropped++;
                return false;
            }

            Insert_NeedsLock(item);
            return true;
        }
    }

    private void Insert_NeedsLock(QueuedExport item)
    {
        _waiting.Add(item);
        _bytes += item.Bytes;
        while (_waiting.Count > 1 && (_waiting.Count > ExportLimits.QueuedProfiles || _bytes > ExportLimits.QueuedBytes))
        {
            Remove_NeedsLock(_waiting.MinBy(one => one.Number)!);
            _dropped++;
        }
    }

    private void Remove_NeedsLock(QueuedExport item)
    {
        _waiting.Remove(item);
        _bytes -= item.Bytes;
    }
}
