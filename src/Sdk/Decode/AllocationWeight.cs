namespace SelfProfiler.Decode;

/// <summary>How many objects and bytes a sampled allocation stands for.</summary>
internal static class AllocationWeight
{
    /// <summary>The runtime picks bytes of the allocation stream at random, this many apart on average (dotnet/runtime docs/design/features/RandomizedAllocationSampling.md).</summary>
    public const double MeanBytes = 102_400;

    /// <summary>An object of n bytes is picked with probability 1 − e^(−n/mean); one over that is the unbiased count.</summary>
    public static double Sampled(ulong size) => 1 / (1 - Math.Exp(-Math.Max(1.0, size) / MeanBytes));
}
