using SelfProfiler.Decode;

namespace SelfProfiler.Diagnostics;

/// <summary>How long all managed threads stood still, because of collections and because of ticks. Written by the pump.</summary>
internal sealed class SuspensionClock
{
    private SuspendBegin _open;
    private bool _isOpen;

    /// <summary>Nanoseconds spent in suspensions for garbage collections.</summary>
    public long GcNs { get; private set; }

    /// <summary>Nanoseconds spent in suspensions for anything else: while ticks run, these are ours.</summary>
    public long OtherNs { get; private set; }

    public long OtherCount { get; private set; }

    /// <summary>The latest collections.</summary>
    public GcPauses Pauses { get; } = new();

    /// <summary>Told each length.</summary>
    public Action<long>? OtherEnded { get; set; }

    public void Begin(SuspendBegin begin)
    {
        _open = begin;
        _isOpen = true;
    }

    public void End(SuspendEnd end)
    {
        if (!_isOpen)
        {
            return; // the beginning was lost, or happened before the session
        }

        _isOpen = false;
        long length = Math.Max(0, end.Timestamp - _open.Timestamp);
        if (_open.IsGc)
        {
            GcNs += length;
            Pauses.Add(_open.Timestamp, end.Timestamp);
        }
        else
        {
            OtherNs += length;
            OtherCount++;
            OtherEnded?.Invoke(length);
        }
    }
}
