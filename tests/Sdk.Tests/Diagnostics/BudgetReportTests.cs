using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class BudgetReportTests
{
    [Fact]
    public void What_nobody_wants_has_no_share()
    {
        var duty = new Duties(Waits: 0.4, Exceptions: 1, Contention: 0, Allocations: 0.5, Kernel: 0.2);

        Assert.Equal(
            ["cpu 0.2", "allocations 0.5", "contention 0", "waits 0.4", "exceptions 1"],
            Told(BudgetReport.Collected(duty, cpu: true, static _ => true)));
        Assert.Equal(
            ["allocations 0.5", "contention 0", "exceptions 1"],
            Told(BudgetReport.Collected(duty, cpu: false, static kind => kind != ProfileKind.Waits)));
    }

    [Fact]
    public void The_dearest_source_comes_first_and_what_costs_nothing_is_left_out()
    {
        var shares = new double[CostReport.Sources];
        shares[(int)CostSource.Base] = 0.001;
        shares[(int)CostSource.Labels] = 0.002;
        shares[(int)CostSource.Kernel] = 0.000_001;

        Assert.Equal(["labels 0.002", "own threads 0.001"], Told(BudgetReport.Parts(shares)));
    }

    [Fact]
    public void Every_source_has_a_name_of_its_own()
    {
        var shares = Enumerable.Repeat(0.001, CostReport.Sources).ToArray();

        Assert.Distinct(BudgetReport.Parts(shares).Select(part => part.Key));
    }

    private static IEnumerable<string> Told(IEnumerable<KeyValuePair<string, double>> shares) =>
        shares.Select(share => FormattableString.Invariant($"{share.Key} {share.Value}"));
}
