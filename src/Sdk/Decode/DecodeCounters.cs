namespace SelfProfiler.Decode;

/// <summary>What one connection decoded and what it could not. Written by the pump, read by anyone.</summary>
internal sealed class DecodeCounters
{
    private long _bytes;
    private long _blocks;
    private long _events;
    private long _lostEvents;
    private long _sequenceGaps;
    private long _malformedBlocks;
    private long _oversizeBlocks;
    private long _unknownMetadata;
    private long _droppedStacks;
    private long _droppedMetadata;
    private long _threadResets;
    private long _handlerFailures;
    private long _endedThreads;

    public long Bytes => Volatile.Read(ref _bytes);

    public long Blocks => Volatile.Read(ref _blocks);

    public long Events => Volatile.Read(ref _events);

    /// <summary>Events that threads wrote and the stream does not have: the runtime's buffer was full.</summary>
    public long LostEvents => Volatile.Read(ref _lostEvents);

    /// <summary>Places where events are missing.</summary>
    public long SequenceGaps => Volatile.Read(ref _sequenceGaps);

    /// <summary>Blocks whose rest was skipped because it contradicts the format.</summary>
    public long MalformedBlocks => Volatile.Read(ref _malformedBlocks);

    public long OversizeBlocks => Volatile.Read(ref _oversizeBlocks);

    /// <summary>Not all events that were written have been handed out.</summary>
    public bool AnyMissing => LostEvents + MalformedBlocks + OversizeBlocks + HandlerFailures > 0;

    /// <summary>Events whose description never came.</summary>
    public long UnknownMetadata => Volatile.Read(ref _unknownMetadata);

    /// <summary>Stacks over the bounds, and events whose stack is not there (its block was skipped).</summary>
    public long DroppedStacks => Volatile.Read(ref _droppedStacks);

    /// <summary>Descriptions of events over the bound.</summary>
    public long DroppedMetadata => Volatile.Read(ref _droppedMetadata);

    /// <summary>How often the table of threads was full and started anew: losses around that moment are not seen.</summary>
    public long ThreadResets => Volatile.Read(ref _threadResets);

    /// <summary>Exceptions out of our own handlers; the rest of the block was skipped.</summary>
    public long HandlerFailures => Volatile.Read(ref _handlerFailures);

    /// <summary>Threads that wrote, and that the runtime has forgotten at a sequence point since: it keeps some memory for each, see <see cref="SessionWear"/>.</summary>
    public long EndedThreads => Volatile.Read(ref _endedThreads);

    public void AddBytes(int count) => _bytes += count;

    public void AddBlock() => _blocks++;

    public void AddEvents(int count) => _events += count;

    public void AddGap(long lost)
    {
        _sequenceGaps++;
        _lostEvents += lost;
    }

    public void AddMalformedBlock() => _malformedBlocks++;

    public void AddOversizeBlock() => _oversizeBlocks++;

    public void AddUnknownMetadata() => _unknownMetadata++;

    public void AddDroppedStack() => _droppedStacks++;

    public void AddDroppedMetadata() => _droppedMetadata++;

    public void AddThreadReset() => _threadResets++;

    public void AddHandlerFailure() => _handlerFailures++;

    public void AddEndedThreads(int count) => _endedThreads += count;
}
