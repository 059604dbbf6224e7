namespace SelfProfiler.Diagnostics;

/// <summary>What events of the kernel add to one context switch of the process, in nanoseconds: while they sample, and while they are off.</summary>
internal readonly record struct SwitchPrice(double OnNs, double OffNs)
{
    /// <summary>One event per CPU stays where it is when threads come and go.</summary>
    public static SwitchPrice None => default;

    /// <summary>Events of threads go and come with them. Between what bench/SwitchCost measures on the way to idle and back (3,000 and 800 ns) and between threads (300), as in a server.</summary>
    public static SwitchPrice PerThread => new(2_000, 550);
}
