namespace SelfProfiler.Session;

/// <summary>The set of EventPipe sessions. Each can be stopped without touching the others.</summary>
internal enum SessionKind
{
    /// <summary>Names: modules, methods as they appear and go, IL maps. Runs as long as the profiler.</summary>
    Methods,

    /// <summary>Names of what exists already: started and stopped at once, the runtime lists its methods at the stop.</summary>
    Rundown,

    /// <summary>Collections, suspensions, sampled allocations, exceptions.</summary>
    Gc,

    /// <summary>Contended locks.</summary>
    Contention,

    /// <summary>Waits for handles, monitors, tasks.</summary>
    Waits,

    /// <summary>The runtime's thread ticks; suspend every managed thread.</summary>
    Ticks,

    /// <summary>A recording that somebody asked for; the supervisor has no part in it.</summary>
    Trace,
}
