namespace SelfProfiler.Decode;

/// <summary>Who wrote an event.</summary>
internal enum EventProvider : byte
{
    /// <summary>Any other provider; its name is <see cref="NettraceReader.ProviderName"/>.</summary>
    Other,

    /// <summary>Microsoft-Windows-DotNETRuntime.</summary>
    Runtime,

    /// <summary>Microsoft-Windows-DotNETRuntimeRundown. Its events have no names.</summary>
    Rundown,

    /// <summary>Microsoft-DotNETCore-SampleProfiler.</summary>
    SampleProfiler,
}

/// <summary>One event as it stands in the stream; valid during the call only.</summary>
internal readonly ref struct EventRecord
{
    public required EventProvider Provider { get; init; }

    public required int EventId { get; init; }

    public required int Version { get; init; }

    /// <summary>Number of the event's description in its stream.</summary>
    public int MetadataId { get; init; }

    /// <summary>Operating system id of the thread the event is about (for ticks that is not the thread that wrote it).</summary>
    public required long Thread { get; init; }

    /// <summary>The thread that wrote the event; for ticks the runtime's sampler.</summary>
    public long CaptureThread { get; init; }

    /// <summary>Monotonic nanoseconds, as in <see cref="RawSample.Timestamp"/>.</summary>
    public required long Timestamp { get; init; }

    /// <summary>Little endian, packed, not aligned.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Leaf first; empty when the event has none.</summary>
    public ReadOnlySpan<ulong> Stack { get; init; }

    /// <summary>4 or 8: size of the pointers in <see cref="Payload"/>.</summary>
    public int PointerSize { get; init; }
}

/// <summary>
/// Takes the events of a stream in stream order: events of one writing thread come in the order of their times, events
/// of different threads do not (the runtime writes its buffers thread by thread, about every 100 ms). Whoever needs to know
/// that nothing older can come asks <see cref="NettraceReader.Watermark"/>.
/// </summary>
internal delegate void EventRecordHandler(in EventRecord record);
