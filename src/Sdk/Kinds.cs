namespace SelfProfiler;

/// <summary>Sets of kinds, one bit each.</summary>
internal static class Kinds
{
    public const int Cumulative =
        (1 << (int)ProfileKind.Allocations) | (1 << (int)ProfileKind.Contention) | (1 << (int)ProfileKind.Waits) | (1 << (int)ProfileKind.Exceptions);

    /// <summary>All that are collected over an interval.</summary>
    public const int Interval = Cumulative | (1 << (int)ProfileKind.Cpu) | (1 << (int)ProfileKind.Wall);

    public static int Only(ProfileKind kind) => 1 << (int)kind;
}
