namespace SelfProfiler.Diagnostics;

/// <summary>Reads one thread's files into its slot: the exact clock each time, the rest when it is worth it. Pump only.</summary>
internal sealed class ThreadFiles
{
    private readonly TaskDirectory _tasks;
    private readonly byte[] _text = new byte[1024];

    /// <summary>A descriptor kept open makes a reading several times cheaper. Above the limit files are opened at each reading.</summary>
    private readonly int _maxKept = (int)Math.Clamp(Libc.OpenFiles() / 10, 16, 512);
    private readonly bool _schedstat;
    private int _kept;

    public ThreadFiles(TaskDirectory tasks)
    {
        _tasks = tasks;

        // Kernels built without scheduler statistics have no such file, or one of zeros.
        var own = Libc.Open("/proc/thread-self/schedstat\0"u8);
        if (own >= 0)
        {
            _schedstat = ProcText.Number(_text.AsSpan(0, Math.Max(0, Libc.ReadFromStart(own, _text))), out _) > 0;
            _ = Libc.Close(own);
        }
    }

    /// <summary>Readings that failed although the thread lived (out of descriptors).</summary>
    public long Failed { get; private set; }

    /// <summary>Reads the thread's CPU clock.</summary>
    /// <returns>False when the thread has ended.</returns>
    public bool Refresh(ref ThreadSlot slot)
    {
        if (!_schedstat)
        {
            return ReadStat(ref slot);
        }

        if (slot.Descriptor < 0)
        {
            slot.Descriptor = _tasks.OpenFile(slot.Tid, "schedstat"u8);
            if (slot.Descriptor < 0)
            {
                return MayLive();
            }

            _kept++;
        }

        var length = Libc.ReadFromStart(slot.Descriptor, _text);
        var alive = length > 0 || MayLive();
        if (length > 0)
        {
            slot.CpuNs = ProcText.Number(_text.AsSpan(0, length), out _);
        }

        if (_kept > _maxKept)
        {
            Release(ref slot);
        }

        return alive;
    }

    /// <summary>Reads the thread's name, start and split of its time. A new thread bears its creator's name for a moment; later the split is read when there is something to split.</summary>
    public void RefreshDetails(ref ThreadSlot slot, long bootMinusMonotonic)
    {
        if (_schedstat && (slot.StatReads < 3 || slot.CpuNs - slot.CpuAtStat >= 2 * ThreadStat.Tick))
        {
            _ = ReadStat(ref slot);
        }

        slot.StartNs = slot.StartSinceBootNs - bootMinusMonotonic;
    }

    public void Release(ref ThreadSlot slot)
    {
        if (slot.Descriptor >= 0)
        {
            _ = Libc.Close(slot.Descriptor);
            slot.Descriptor = -1;
            _kept--;
        }
    }

    private bool ReadStat(ref ThreadSlot slot)
    {
        if (!ProcText.TryReadStat(_tasks.ReadFile(slot.Tid, "stat"u8, _text), out var stat))
        {
            return MayLive();
        }

        slot.Kind = stat.Kind;
        slot.UserNs = stat.UserNs;
        slot.KernelNs = stat.KernelNs;
        slot.StartSinceBootNs = stat.StartNs;
        slot.StatReads++;
        if (!_schedstat)
        {
            slot.CpuNs = stat.UserNs + stat.KernelNs;
        }

        slot.CpuAtStat = slot.CpuNs;
        return true;
    }

    private bool MayLive()
    {
        if (TaskDirectory.LastCallFoundNoThread())
        {
            return false;
        }

        Failed++;
        return true;
    }
}
