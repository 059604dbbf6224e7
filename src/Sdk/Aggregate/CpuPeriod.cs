namespace SelfProfiler.Aggregate;

/// <summary>One reading of the clocks.</summary>
/// <param name="Until">Samples up to this moment belong to it.</param>
/// <param name="LengthNs">Time since the previous reading.</param>
/// <param name="KernelSamples">Samples come from the kernel, not from ticks.</param>
/// <param name="CarryNs">How long CPU without a sample is kept back.</param>
/// <param name="UnseenCpuNs">CPU of the process that no living thread accounts for.</param>
/// <param name="Gaps">The kernel's samples were not taken all of this time.</param>
/// <param name="Fresh">CPU kept back from before must not weigh in any more: a capture begins.</param>
/// <param name="Last">Nor CPU kept back from this one: sources stop.</param>
internal readonly record struct CpuPeriod(
    long Until, long LengthNs, bool KernelSamples, long CarryNs, double UnseenCpuNs, bool Gaps = false, bool Fresh = false, bool Last = false);
