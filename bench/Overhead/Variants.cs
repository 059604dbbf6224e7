using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>What is compared. Everything but the peers is this project's profiler with other settings.</summary>
internal static class Variants
{
    private const string Section = "ContinuousProfiling__";

    private static readonly string[] _kinds = ["Allocations", "Contention", "Waits", "Exceptions"];

    public static IReadOnlyList<Variant> All { get; } =
    [
        new SameVariant(),
        new OwnVariant("default", "all kinds, CPU from where the machine allows"),
        new OwnVariant("eventpipe", "all kinds, CPU from the runtime's ticks within the budget", (Section + "CpuSource", "EventPipe")),
        new OwnVariant("kernel", "all kinds, CPU from the kernel", (Section + "CpuSource", "Kernel")),
        new AttachedVariant(),
        new TraceLogVariant(),
        Only("cpu", "CPU alone"),
        Only("allocations", "CPU and allocations", "Allocations"),
        Only("contention", "CPU and contention", "Contention"),
        Only("waits", "CPU and waits", "Waits"),
        Only("exceptions", "CPU and exceptions", "Exceptions"),
        new OwnVariant("labels", "CPU and labels", [.. Without(), (Section + "Labels__Enabled", "true")]),
    ];

    /// <summary>The comparison that says how much the others can say.</summary>
    public static Variant Same => All[0];

    public static IReadOnlyList<Variant> Named(string[] names) =>
        [Same, .. names.Select(name => All.FirstOrDefault(variant => variant.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw new ArgumentException($"There is no variant «{name}»: {string.Join(", ", All.Select(variant => variant.Name))}.")).Where(variant => variant != Same)];

    private static OwnVariant Only(string name, string what, params string[] kinds) =>
        new(name, what, [.. Without(kinds), (Section + "Labels__Enabled", "false")]);

    private static IEnumerable<(string, string)> Without(params string[] kept) =>
        _kinds.Except(kept).Select(kind => (Section + kind, "false"));
}
