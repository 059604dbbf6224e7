namespace SelfProfiler.Diagnostics;

/// <summary>What one thread burnt between two readings of <see cref="ThreadClocks"/>.</summary>
/// <param name="Tid">Operating system thread id; Linux gives it out again.</param>
/// <param name="Generation">Unique for the life of the process: tells threads with the same id apart.</param>
/// <param name="Kind">Whose work it does.</param>
/// <param name="CpuNs">CPU time since the last reading.</param>
/// <param name="UserNs">The part of it in user mode, known in steps of 10 ms: right in the long run only.</param>
/// <param name="KernelNs">The part of it in the kernel, likewise.</param>
/// <param name="StartNs">When the thread started, monotonic, to 10 ms.</param>
internal readonly record struct ThreadCpu(
    int Tid,
    int Generation,
    ThreadKind Kind,
    long CpuNs,
    long UserNs,
    long KernelNs,
    long StartNs);
