namespace SelfProfiler.Decode;

/// <summary>What connections that ended had lost; with those that live, the whole. Written by the pump, read by anyone.</summary>
internal sealed class ConnectionLosses
{
    private long _lostEvents;
    private long _malformed;
    private long _cutPairs;

    public long LostEvents => Volatile.Read(ref _lostEvents);

    public long Malformed => Volatile.Read(ref _malformed);

    public long CutPairs => Volatile.Read(ref _cutPairs);

    public void Add(SampleConnection ended)
    {
        _lostEvents += ended.Counters.LostEvents;
        _malformed += ended.Counters.MalformedBlocks + ended.Counters.OversizeBlocks + ended.Parser.Counters.Malformed;
        _cutPairs += ended.Parser.Counters.CutPairs + ended.Parser.Counters.DroppedPairs;
    }
}
