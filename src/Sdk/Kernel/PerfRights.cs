namespace SelfProfiler.Kernel;

/// <summary>What the kernel lets this process sample; only exists where it lets it sample at all.</summary>
/// <param name="KernelTime">Samples taken inside the kernel, and its frames, are permitted.</param>
/// <param name="SystemWide">One event per CPU for all processes is permitted.</param>
/// <param name="InheritThread">New threads can inherit an event without child processes inheriting it too (Linux 5.13).</param>
internal sealed record PerfRights(bool KernelTime, bool SystemWide, bool InheritThread);
