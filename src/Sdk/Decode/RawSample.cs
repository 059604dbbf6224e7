namespace SelfProfiler.Decode;

/// <summary>What a source saw: decides how the pipeline weights the sample.</summary>
internal enum SampleSource : byte
{
    /// <summary>A kernel sample: the thread was on a CPU.</summary>
    Kernel,

    /// <summary>A tick of the runtime's sampler: the thread existed.</summary>
    Tick,

    /// <summary>A sampled allocation. Value: estimated bytes, Count: estimated objects.</summary>
    Allocation,

    /// <summary>The end of a wait for a contended lock. Value: nanoseconds.</summary>
    Contention,

    /// <summary>The end of a wait. Value: nanoseconds.</summary>
    Wait,

    /// <summary>A thrown exception.</summary>
    Exception,
}

/// <summary>One observation of one thread, as a source delivers it; valid during the call only.</summary>
internal readonly ref struct RawSample
{
    public required SampleSource Source { get; init; }

    /// <summary>Operating system thread id.</summary>
    public required int Thread { get; init; }

    /// <summary>Monotonic nanosecond clock, equal to <see cref="System.Diagnostics.Stopwatch"/> ticks on Linux. For waits and contention: the end.</summary>
    public required long Timestamp { get; init; }

    /// <summary>In the unit of the kind: nanoseconds of the wait, bytes of the allocation; 0 for ticks and kernel samples (weighted later by the thread clocks).</summary>
    public double Value { get; init; }

    /// <summary>How many occurrences this one stands for (1 unless the source samples).</summary>
    public double Count { get; init; }

    /// <summary>Leaf first; empty when the stack is unknown.</summary>
    public ReadOnlySpan<ulong> Addresses { get; init; }

    /// <summary>The stack was cut at the runtime's 100 frames: its root is missing.</summary>
    public bool Truncated { get; init; }

    /// <summary>Ticks: the thread was in managed code (a hint that it computed). Kernel samples: ignored.</summary>
    public bool Managed { get; init; }

    /// <summary>Type of the allocation or exception, else empty; becomes the leaf frame.</summary>
    public ReadOnlySpan<char> TypeName { get; init; }

    /// <summary>Waits and contention: it has not ended, but its session has. Value: the time until then.</summary>
    public bool Open { get; init; }

    /// <summary>Contention only: operating system id of the thread that held the lock, 0 when unknown.</summary>
    public int OwnerThread { get; init; }
}

internal delegate void RawSampleHandler(in RawSample sample);
