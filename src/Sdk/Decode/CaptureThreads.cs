namespace SelfProfiler.Decode;

/// <summary>
/// Finds out that the runtime lost events. Each writing thread numbers its events per session from 1, lost ones included;
/// a sequence point tells the last number of every thread, which shows the losses of threads that are silent since.
/// </summary>
/// <param name="counters">Where losses are counted.</param>
/// <param name="brokeOff">Told of a thread whose events up to now are not all there, or that has ended: what it began may never be seen to end.</param>
internal sealed class CaptureThreads(DecodeCounters counters, Action<long>? brokeOff = null)
{
    private const int InitialSlots = 256;

    // Pump only. Open addressing, at most half full; an empty slot has an Interval of 0.
    private Slot[] _slots = new Slot[InitialSlots];
    private Slot[] _spare = [];
    private int _count;

    // Counts the sequence points, so that a slot shows whether the last one listed its thread.
    private int _interval = 1;

    // Once the table was full, a thread's first number says nothing any more: it may have been there before.
    private bool _forgot;

    private record struct Slot(long Thread, uint Last, int Interval);

    /// <summary>An event of this thread with this number was read.</summary>
    public void Saw(long thread, uint number)
    {
        ref var slot = ref Find(thread, out var isNew);
        var (before, last) = (unchecked(number - 1), slot.Last);
        slot.Last = number;
        if (before == last || (isNew && _forgot))
        {
            return;
        }

        // A smaller number than the last: the thread ended and another one got its id, counting from 1 again.
        var lost = unchecked((int)(before - last));
        if (lost > 0 || before > 0)
        {
            counters.AddGap(lost > 0 ? lost : before);
        }

        brokeOff?.Invoke(thread);
    }

    /// <summary>A sequence point lists all threads the session knows: the others ended and are forgotten, since their ids will be used again.</summary>
    /// <returns>False when the block contradicts the format.</returns>
    public bool SawSequencePoint(ref BlockCursor cursor)
    {
        var threads = cursor.I32();
        if (cursor.Failed || threads < 0 || (long)threads * (sizeof(long) + sizeof(uint)) != cursor.Remaining)
        {
            return false;
        }

        _interval++;
        for (var i = 0; i < threads; i++)
        {
            var thread = cursor.I64();
            ref var slot = ref Find(thread, out var isNew);
            slot.Interval = _interval;

            // A lower bound: events that were written meanwhile may have been read already.
            var number = cursor.U32();
            var lost = unchecked((int)(number - slot.Last));
            if (lost > 0)
            {
                slot.Last = number;
                if (!isNew || !_forgot)
                {
                    counters.AddGap(lost);
                    brokeOff?.Invoke(thread);
                }
            }
        }

        var known = _count;
        Rebuild(_slots.Length, keep: _interval);
        counters.AddEndedThreads(known - _count);
        return true;
    }

    /// <summary>Whether one of the threads that wrote into this stream has ended; asks for each until one has.</summary>
    public bool AnyEnded(Func<int, bool> hasEnded)
    {
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.Interval != 0 && slot.Thread is > 0 and <= int.MaxValue && hasEnded((int)slot.Thread))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Another stream begins.</summary>
    public void Reset()
    {
        Forget();
        _forgot = false;
    }

    private void Forget()
    {
        Array.Clear(_slots);
        _count = 0;
    }

    private ref Slot Find(long thread, out bool isNew)
    {
        ref var slot = ref Probe(thread);
        isNew = slot.Interval == 0;
        if (!isNew)
        {
            return ref slot;
        }

        if (_count == DecodeLimits.MaxThreads)
        {
            Forget();
            _forgot = true;
            counters.AddThreadReset();
            slot = ref Probe(thread);
        }
        else if (_count * 2 >= _slots.Length)
        {
            Rebuild(_slots.Length * 2, keep: 0);
            slot = ref Probe(thread);
        }

        _count++;
        slot = new Slot(thread, 0, _interval);
        return ref slot;
    }

    private ref Slot Probe(long thread)
    {
        var mask = _slots.Length - 1;
        var index = (int)((ulong)thread * 0x9E3779B97F4A7C15 >> 32) & mask;
        while (_slots[index].Interval != 0 && _slots[index].Thread != thread)
        {
            index = (index + 1) & mask;
        }

        return ref _slots[index];
    }

    // Keeps the threads that were listed in this interval, or all: the others have ended, and all they wrote has been read.
    private void Rebuild(int length, int keep)
    {
        if (_spare.Length != length)
        {
            _spare = new Slot[length];
        }

        (_slots, _spare) = (_spare, _slots);
        Forget();
        foreach (var slot in _spare)
        {
            if (slot.Interval == 0)
            {
                continue;
            }

            if (keep == 0 || slot.Interval == keep)
            {
                Probe(slot.Thread) = slot;
                _count++;
            }
            else
            {
                brokeOff?.Invoke(slot.Thread);
            }
        }
    }
}
