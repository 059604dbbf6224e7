namespace SelfProfiler.Aggregate;

/// <summary>Names and units of the values of each kind, as Go's tools and the backends expect them.</summary>
internal sealed record ProfileShape((string Type, string Unit)[] SampleTypes, (string Type, string Unit) PeriodType, long Period)
{
    /// <summary>The kernel's period; ticks are weighted to nanoseconds, so the number is a statement about resolution only.</summary>
    private const long SamplePeriodNs = 10_101_010;

    public static ProfileShape Of(ProfileKind kind) => kind switch
    {
        ProfileKind.Cpu => new([("samples", "count"), ("cpu", "nanoseconds")], ("cpu", "nanoseconds"), SamplePeriodNs),
        ProfileKind.Wall => new([("samples", "count"), ("wall", "nanoseconds")], ("wall", "nanoseconds"), SamplePeriodNs),
        ProfileKind.Allocations => new([("alloc_objects", "count"), ("alloc_space", "bytes")], ("space", "bytes"), 102_400),
        ProfileKind.Contention or ProfileKind.Waits => new([("contentions", "count"), ("delay", "nanoseconds")], ("contentions", "count"), 1),
        ProfileKind.Exceptions => new([("exceptions", "count")], ("exceptions", "count"), 1),
        ProfileKind.Threads => new([("threads", "count")], ("threads", "count"), 1),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
