namespace SelfProfiler.Diagnostics;

/// <summary>What the profiler's cost is made of. The order is that of the columns in status and metrics.</summary>
internal enum CostSource
{
    /// <summary>Ticks of the runtime's sampler: the time the application stood still, times the processors it wanted.</summary>
    Ticks,

    Waits,

    Exceptions,

    Contention,

    Allocations,

    /// <summary>Samples of the kernel, and what its events cost each context switch.</summary>
    Kernel,

    /// <summary>Recording which request is current.</summary>
    Labels,

    /// <summary>Lists of all methods.</summary>
    Rundown,

    /// <summary>Own threads and the runtime's event threads, as far as no event explains what they burnt.</summary>
    Base,
}
