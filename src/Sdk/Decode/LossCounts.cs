namespace SelfProfiler.Decode;

/// <summary>What connections could not make samples of.</summary>
/// <param name="LostEvents"><see cref="DecodeCounters.LostEvents"/>.</param>
/// <param name="Malformed">Blocks and events that contradict the format or are too large.</param>
/// <param name="CutPairs">Waits and contentions whose end is missing, or that were not followed.</param>
/// <param name="HandlerFailures"><see cref="DecodeCounters.HandlerFailures"/>.</param>
/// <param name="DroppedStacks"><see cref="DecodeCounters.DroppedStacks"/>.</param>
internal readonly record struct LossCounts(long LostEvents, long Malformed, long CutPairs, long HandlerFailures, long DroppedStacks)
{
    public static LossCounts Of(SampleConnection connection)
    {
        var (stream, events) = (connection.Counters, connection.Parser.Counters);
        return new LossCounts(
            stream.LostEvents,
            stream.MalformedBlocks + stream.OversizeBlocks + events.Malformed,
            events.CutPairs + events.DroppedPairs,
            stream.HandlerFailures,
            stream.DroppedStacks);
    }

    public static LossCounts operator +(LossCounts a, LossCounts b) => new(
        a.LostEvents + b.LostEvents,
        a.Malformed + b.Malformed,
        a.CutPairs + b.CutPairs,
        a.HandlerFailures + b.HandlerFailures,
        a.DroppedStacks + b.DroppedStacks);
}
