namespace SelfProfiler.Diagnostics;

/// <summary>What the overhead budget is spent on and what it leaves of each kind, under the names the status and the metrics use.</summary>
internal static class BudgetReport
{
    /// <summary>Less is shown as 0.00 %.</summary>
    private const double Visible = 0.000_05;

    /// <summary>Share of the time in which each kind is collected that the budget can pause; kinds nobody wants are left out.</summary>
    /// <param name="duty">What the governor allows.</param>
    /// <param name="cpu">CPU comes from the kernel.</param>
    /// <param name="wants">Which kinds are configured.</param>
    public static KeyValuePair<string, double>[] Collected(Duties duty, bool cpu, Func<ProfileKind, bool> wants)
    {
        var shares = new List<KeyValuePair<string, double>>();
        Add("cpu", cpu, duty.Kernel);
        Add("allocations", wants(ProfileKind.Allocations), duty.Allocations);
        Add("contention", wants(ProfileKind.Contention), duty.Contention);
        Add("waits", wants(ProfileKind.Waits), duty.Waits);
        Add("exceptions", wants(ProfileKind.Exceptions), duty.Exceptions);
        return [.. shares];

        void Add(string kind, bool wanted, double share)
        {
            if (wanted)
            {
                shares.Add(new(kind, share));
            }
        }
    }

    /// <summary>The parts of the overhead, the dearest first.</summary>
    public static KeyValuePair<string, double>[] Parts(double[] bySource) =>
        [.. bySource
            .Select((share, source) => KeyValuePair.Create(NameOf((CostSource)source), share))
            .Where(part => part.Value >= Visible)
            .OrderByDescending(part => part.Value)];

    private static string NameOf(CostSource source) => source switch
    {
        CostSource.Ticks => "ticks",
        CostSource.Waits => "waits",
        CostSource.Exceptions => "exceptions",
        CostSource.Contention => "contention",
        CostSource.Allocations => "allocations",
        CostSource.Kernel => "kernel samples",
        CostSource.Labels => "labels",
        CostSource.Rundown => "lists of methods",
        _ => "own threads",
    };
}
