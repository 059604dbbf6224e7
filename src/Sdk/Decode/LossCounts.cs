namespace SelfProfiler.Decode;

/// <summary>What connections could not make samples of.</summary>
/// <param name="LostEvents"><see cref="DecodeCounters.LostEvents"/>.</param>
/// <param name="Malformed">Blocks and events that contradict the format or are too large.</param>
/// <param name="CutPairs"><see cref="RuntimeEventCounters.CutPairs"/>.</param>
/// <param name="LostEnds"><see cref="RuntimeEventCounters.LostEnds"/>.</param>
/// <param name="DroppedPairs"><see cref="RuntimeEventCounters.DroppedPairs"/>.</param>
/// <param name="HandlerFailures"><see cref="DecodeCounters.HandlerFailures"/>.</param>
/// <param name="DroppedStacks"><see cref="DecodeCounters.DroppedStacks"/>.</param>
/// <param name="Unknown"><see cref="DecodeCounters.UnknownMetadata"/>.</param>
/// <param name="ThreadResets"><see cref="DecodeCounters.ThreadResets"/>.</param>
internal readonly record struct LossCounts(
    long LostEvents, long Malformed, long CutPairs, long LostEnds, long DroppedPairs, long HandlerFailures, long DroppedStacks, long Unknown, long ThreadResets)
{
    public static LossCounts Of(SampleConnection connection)
    {
        var (stream, events) = (connection.Counters, connection.Parser.Counters);
        return new LossCounts(
            stream.LostEvents,
            stream.MalformedBlocks + stream.OversizeBlocks + events.Malformed,
            events.CutPairs,
            events.LostEnds,
            events.DroppedPairs,
            stream.HandlerFailures,
            stream.DroppedStacks,
            stream.UnknownMetadata,
            stream.ThreadResets);
    }

    public static LossCounts operator +(LossCounts a, LossCounts b) => new(
        a.LostEvents + b.LostEvents,
        a.Malformed + b.Malformed,
        a.CutPairs + b.CutPairs,
        a.LostEnds + b.LostEnds,
        a.DroppedPairs + b.DroppedPairs,
        a.HandlerFailures + b.HandlerFailures,
        a.DroppedStacks + b.DroppedStacks,
        a.Unknown + b.Unknown,
        a.ThreadResets + b.ThreadResets);

    /// <summary>As the status names them.</summary>
    public IEnumerable<KeyValuePair<string, long>> Losses =>
    [
        new("events lost by the runtime", LostEvents),
        new("malformed events", Malformed),
        new("waits cut by a session's edge", CutPairs),
        new("waits whose end is missing", LostEnds),
        new("waits not followed because too many are open", DroppedPairs),
        new("event blocks cut by an error", HandlerFailures),
        new("event stacks dropped", DroppedStacks),
        new("events without a description", Unknown),
        new("times too many threads wrote for losses to be seen", ThreadResets),
    ];
}
