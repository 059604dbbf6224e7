namespace SelfProfiler.Decode;

/// <summary>What the events of one connection could not be made into. Written by the pump, read by anyone.</summary>
internal sealed class RuntimeEventCounters
{
    private long _malformed;
    private long _cutPairs;
    private long _lostEnds;
    private long _droppedPairs;
    private long _waitsInContention;

    /// <summary>Events whose payload is shorter than its fields.</summary>
    public long Malformed => Volatile.Read(ref _malformed);

    /// <summary>Waits and contentions that were open at a session's edge and do not count all the same.</summary>
    public long CutPairs => Volatile.Read(ref _cutPairs);

    /// <summary>Waits and contentions that have ended, or whose thread has, and no event told of it; or events of their thread are missing, and it may be among them.</summary>
    public long LostEnds => Volatile.Read(ref _lostEnds);

    /// <summary>Waits and contentions not followed because too many were open.</summary>
    public long DroppedPairs => Volatile.Read(ref _droppedPairs);

    /// <summary>Waits that are how a contended lock waits: the contention has their time.</summary>
    public long WaitsInContention => Volatile.Read(ref _waitsInContention);

    public void AddMalformed() => _malformed++;

    public void AddCutPair() => _cutPairs++;

    public void AddLostEnd() => _lostEnds++;

    public void AddDroppedPair() => _droppedPairs++;

    public void AddWaitInContention() => _waitsInContention++;
}
