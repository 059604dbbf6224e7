namespace SelfProfiler.Labels;

/// <summary>A request: slot in the <c>RequestTable</c> and the slot's generation. 0 means none.</summary>
internal readonly record struct RequestId(long Packed)
{
    /// <summary>The generation of a request that has left the table: its slot is its index in the window that tells of it.</summary>
    public const int OfIndex = -1;

    public static RequestId None => default;

    public bool IsNone => Packed == 0;

    public int Slot => (int)(Packed & 0xFFFFFFFF);

    public int Generation => (int)(Packed >> 32);

    public static RequestId Of(int slot, int generation) => new(((long)generation << 32) | (uint)slot);

    // Slots come in turn and generations with them: slot and generation folded together would be the same for many requests of one window.
    public override int GetHashCode() => (int)(((ulong)Packed * 0x9E3779B97F4A7C15) >> 32);
}

/// <summary>What was current on a thread at a moment: numbers only, so that samples can keep it without keeping anything of the application alive.</summary>
internal readonly record struct LabelRef(RequestId Request, ulong SpanId, int LabelSet)
{
    public static LabelRef None => default;

    public bool IsNone => Request.IsNone && LabelSet == 0;
}

/// <summary>What a sample is labelled with, decided when it arrives. A key of numbers: names are joined when somebody asks.</summary>
/// <param name="Label">Request, span and extra labels; the request is none when the sample belongs to no request or lost it.</param>
/// <param name="Route">Route of a sample without a request (after its end, or beyond a limit); else 0 and the request tells.</param>
/// <param name="AfterRequest">The work went on after its request had ended.</param>
internal readonly record struct ResolvedLabels(LabelRef Label, int Route, bool AfterRequest)
{
    public bool IsNone => Label.IsNone && Route == 0 && !AfterRequest;
}

/// <summary>A thread worked under one label from <paramref name="Start"/> to <paramref name="End"/> (monotonic ns).</summary>
/// <remarks>Allocated bytes are exact; they come whole with the last piece of an interval that is delivered in pieces.</remarks>
/// <param name="Thread">Its id.</param>
/// <param name="Label">What was current.</param>
/// <param name="Start">Begin.</param>
/// <param name="End">End.</param>
/// <param name="AllocatedBytes">By the thread in this time.</param>
/// <param name="Chain">Names of the spans that were active: a number of <see cref="SpanChains"/>.</param>
internal readonly record struct LabelInterval(int Thread, LabelRef Label, long Start, long End, long AllocatedBytes, int Chain = 0);

internal delegate void LabelIntervalHandler(in LabelInterval interval);

/// <summary>What is known of a request when it is asked for: copied out of the table, never a live view.</summary>
internal readonly record struct RequestInfo(
    RequestId Id,
    ulong TraceIdHigh,
    ulong TraceIdLow,
    ulong RootSpanId,
    int Route,
    int LabelSet,
    int Status,
    long Start,
    long End)
{
    /// <summary>0 while it runs.</summary>
    public bool Ended => End != 0;

    /// <summary>What it used so far.</summary>
    public RequestUsage Usage { get; init; }
}

/// <summary>What a request used: written by the pump.</summary>
/// <param name="OnThreadNs">Time threads worked for it, waits included.</param>
/// <param name="AllocatedBytes">Exact, from the threads' own counters.</param>
/// <param name="LockWaitNs">Time spent waiting for contended locks.</param>
/// <param name="CpuNs">CPU time its samples stand for.</param>
/// <param name="CpuSamples">How many samples that is.</param>
internal readonly record struct RequestUsage(long OnThreadNs, long AllocatedBytes, long LockWaitNs, long CpuNs, long CpuSamples)
{
    /// <summary>How long the process stood still for collections while it ran; known when it has ended.</summary>
    public long GcPauseNs { get; init; }

    public static RequestUsage operator +(in RequestUsage left, in RequestUsage right) => new(
        left.OnThreadNs + right.OnThreadNs,
        left.AllocatedBytes + right.AllocatedBytes,
        left.LockWaitNs + right.LockWaitNs,
        left.CpuNs + right.CpuNs,
        left.CpuSamples + right.CpuSamples)
    {
        GcPauseNs = left.GcPauseNs + right.GcPauseNs,
    };
}
