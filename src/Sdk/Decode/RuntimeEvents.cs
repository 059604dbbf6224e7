namespace SelfProfiler.Decode;

/// <summary>Why the runtime stopped all managed threads. The runtime's sample profiler gives <see cref="Other"/>, as does everything that is neither a collection nor a debugger.</summary>
internal enum SuspendReason
{
    Other = 0,
    Gc = 1,
    Debugger = 5,
    GcPrep = 6,
    DebuggerSweep = 7,
}

/// <summary>A thread began to stop all others; the time it takes counts as suspended.</summary>
internal readonly record struct SuspendBegin(long Thread, long Timestamp, SuspendReason Reason)
{
    /// <summary>For a garbage collection; otherwise for the sampler, or for something as rare as loading a profiler.</summary>
    public bool IsGc => Reason is SuspendReason.Gc or SuspendReason.GcPrep;
}

/// <summary>All threads run again. With the server GC this is written by another thread than the beginning.</summary>
internal readonly record struct SuspendEnd(long Thread, long Timestamp);

/// <summary>A garbage collection begins.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Generation">The oldest generation collected.</param>
/// <param name="Reason">As in the event GCStart_V2.</param>
/// <param name="Type">0 blocking, 1 in the background, 2 blocking during one in the background.</param>
/// <param name="Thread">Operating system id.</param>
/// <param name="Timestamp">Monotonic nanoseconds.</param>
internal readonly record struct GcStart(uint Number, int Generation, int Reason, int Type, long Thread, long Timestamp);

/// <summary>A garbage collection ended.</summary>
internal readonly record struct GcStop(uint Number, int Generation, long Thread, long Timestamp);

/// <summary>The code of a method is gone and its addresses may be used again.</summary>
internal readonly record struct MethodUnload(ulong MethodId, ulong Start, uint Size, long Timestamp);

internal delegate bool OpenPairHandler(in RawSample sample);

/// <summary>Whom the parser tells what it found; what is null is passed over. Called by the pump.</summary>
internal sealed class RuntimeEventHandlers
{
    /// <summary>Ticks, allocations, contention, waits, exceptions.</summary>
    public RawSampleHandler? Sample { get; init; }

    /// <summary>A wait or a contention is open where its session stops, with the time it took so far. False: it does not count.</summary>
    public OpenPairHandler? OpenAtEdge { get; init; }

    public MethodLoadHandler? MethodLoad { get; init; }

    public Action<MethodUnload>? MethodUnload { get; init; }

    public ILMapHandler? ILMap { get; init; }

    public ModuleLoadHandler? ModuleLoad { get; init; }

    /// <summary>A module of a collectible load context is gone, and with it all its methods: the runtime sends no unloads for them.</summary>
    public Action<ulong>? ModuleUnload { get; init; }

    public Action<GcStart>? GcStart { get; init; }

    public Action<GcStop>? GcStop { get; init; }

    public Action<SuspendBegin>? SuspendBegin { get; init; }

    public Action<SuspendEnd>? SuspendEnd { get; init; }
}
