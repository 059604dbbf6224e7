namespace SelfProfiler;

/// <summary>What a profile measures.</summary>
public enum ProfileKind
{
    /// <summary>CPU time, by the code that burnt it.</summary>
    Cpu,

    /// <summary>Wall-clock time of requests and labelled work: computing, waiting, fighting for locks, sleeping.</summary>
    Wall,

    /// <summary>Allocated objects and bytes.</summary>
    Allocations,

    /// <summary>Time spent waiting for contended locks.</summary>
    Contention,

    /// <summary>Time spent in waits: events, semaphores, joins, blocking on tasks.</summary>
    Waits,

    /// <summary>Thrown exceptions.</summary>
    Exceptions,

    /// <summary>The stacks of all managed threads at one moment.</summary>
    Threads,
}
