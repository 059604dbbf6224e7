using SelfProfiler.Diagnostics.Fleet;

namespace SelfProfiler.Hosting;

/// <summary>The options that are the engine's, copied once: they hold for the whole process. Ports, exporters and names are each host's own.</summary>
internal sealed record EngineSettings
{
    public EngineSettings(ContinuousProfilingOptions options)
    {
        CpuSource = options.CpuSource;
        OverheadBudget = options.OverheadBudget;
        Governor = options.Governor;
        Allocations = options.Allocations;
        Contention = options.Contention;
        Waits = options.Waits;
        Exceptions = options.Exceptions;
        KernelFrames = options.KernelFrames;
        KernelAllProcesses = options.KernelAllProcesses;
        Labels = options.Labels.Enabled;
        MaxRequests = options.Labels.MaxRequests;
        MaxLabelSets = options.Labels.MaxLabelSets;
        ActivityTags = string.Join(',', options.Labels.ActivityTags);
        BaggageKeys = string.Join(',', options.Labels.BaggageKeys);
        (HistoryMegabytes, HistoryConfigured) = (options.HistoryMegabytes, options.HistoryConfigured);
        HistoryDirectory = options.History.Directory ?? "";
        HistoryMaxAge = options.History.MaxAge;
        HistoryMaxMegabytes = options.History.MaxMegabytes;
        Coverage = options.Coverage;
        CoverageSlot = options.CoverageSlot;
        (DutyOn, DutyPeriod) = (options.Duty.On, options.Duty.Period);
        (BoostBudget, BoostDuration) = (options.Boost.Budget, options.Boost.Duration);
        Instance = options.Instance ?? Environment.MachineName;
        Triggers = options.Triggers;
    }

    public CpuSource CpuSource { get; }

    public double OverheadBudget { get; }

    public bool Governor { get; }

    public bool Allocations { get; }

    public bool Contention { get; }

    public bool Waits { get; }

    public bool Exceptions { get; }

    public bool KernelFrames { get; }

    public bool KernelAllProcesses { get; }

    public bool Labels { get; }

    public int MaxRequests { get; }

    public int MaxLabelSets { get; }

    public string ActivityTags { get; }

    public string BaggageKeys { get; }

    public int HistoryMegabytes { get; }

    /// <summary>Otherwise it is the default, and scaled by the memory there is.</summary>
    public bool HistoryConfigured { get; }

    public string HistoryDirectory { get; }

    public TimeSpan HistoryMaxAge { get; }

    public int HistoryMaxMegabytes { get; }

    public double Coverage { get; }

    public TimeSpan CoverageSlot { get; }

    public TimeSpan DutyOn { get; }

    public TimeSpan DutyPeriod { get; }

    public double BoostBudget { get; }

    public TimeSpan BoostDuration { get; }

    public string Instance { get; }

    /// <summary>Copied by the triggers when the engine is made.</summary>
    public TriggerOptions Triggers { get; }

    /// <summary>The kind is to be collected; true for those that cannot be turned off.</summary>
    public bool Wants(ProfileKind kind) => kind switch
    {
        ProfileKind.Allocations => Allocations,
        ProfileKind.Contention => Contention,
        ProfileKind.Waits => Waits,
        ProfileKind.Exceptions => Exceptions,
        _ => true,
    };

    public Participation Participation() => new(Coverage, CoverageSlot, new DutyOptions { On = DutyOn, Period = DutyPeriod }, Instance);

    /// <returns>For example <c>OverheadBudget is 0.005, not 0.01</c>; empty when both are the same.</returns>
    public static string DifferenceOf(EngineSettings current, EngineSettings other)
    {
        var differences = new List<string>();
        Compare(nameof(CpuSource), current.CpuSource, other.CpuSource);
        Compare(nameof(OverheadBudget), current.OverheadBudget, other.OverheadBudget);
        Compare(nameof(Governor), current.Governor, other.Governor);
        Compare(nameof(Allocations), current.Allocations, other.Allocations);
        Compare(nameof(Contention), current.Contention, other.Contention);
        Compare(nameof(Waits), current.Waits, other.Waits);
        Compare(nameof(Exceptions), current.Exceptions, other.Exceptions);
        Compare(nameof(KernelFrames), current.KernelFrames, other.KernelFrames);
        Compare(nameof(KernelAllProcesses), current.KernelAllProcesses, other.KernelAllProcesses);
        Compare("Labels.Enabled", current.Labels, other.Labels);
        Compare("Labels.MaxRequests", current.MaxRequests, other.MaxRequests);
        Compare("Labels.MaxLabelSets", current.MaxLabelSets, other.MaxLabelSets);
        Compare("Labels.ActivityTags", current.ActivityTags, other.ActivityTags);
        Compare("Labels.BaggageKeys", current.BaggageKeys, other.BaggageKeys);
        Compare(nameof(HistoryMegabytes), current.HistoryMegabytes, other.HistoryMegabytes);
        Compare("History.Directory", current.HistoryDirectory, other.HistoryDirectory);
        Compare("History.MaxAge", current.HistoryMaxAge, other.HistoryMaxAge);
        Compare("History.MaxMegabytes", current.HistoryMaxMegabytes, other.HistoryMaxMegabytes);
        Compare(nameof(Coverage), current.Coverage, other.Coverage);
        Compare(nameof(CoverageSlot), current.CoverageSlot, other.CoverageSlot);
        Compare("Duty.On", current.DutyOn, other.DutyOn);
        Compare("Duty.Period", current.DutyPeriod, other.DutyPeriod);
        Compare("Boost.Budget", current.BoostBudget, other.BoostBudget);
        Compare("Boost.Duration", current.BoostDuration, other.BoostDuration);
        Compare(nameof(Instance), current.Instance, other.Instance);
        Compare(nameof(Triggers), Described(current.Triggers), Described(other.Triggers));
        return string.Join(", ", differences);

        void Compare<T>(string name, T ours, T theirs)
            where T : notnull
        {
            if (!ours.Equals(theirs))
            {
                differences.Add(FormattableString.Invariant($"{name} is {ours}, not {theirs}"));
            }
        }
    }

    private static string Described(TriggerOptions triggers) => string.Join(" and ", new TriggerSet(triggers).Rules.Select(rule =>
        FormattableString.Invariant($"{rule.Name} above {rule.Threshold} for {rule.For}, then quiet for {rule.CoolDown}")));
}
