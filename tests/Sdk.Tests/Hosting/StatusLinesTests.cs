using SelfProfiler.Diagnostics;
using SelfProfiler.Hosting;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

public class StatusLinesTests
{
    private static readonly ProfilerStatus Status = StatusReport.NotRunning([]) with { OverheadShare = 0.003, OverheadBudget = 0.005 };

    [Fact]
    public void What_was_given_up_is_told()
    {
        var lines = StatusLines.Of(Status with { Notes = ["Waits are off.", "Allocations are collected 40 % of the time."] }, usualBudget: 0.005);

        Assert.Equal(["Waits are off.", "Allocations are collected 40 % of the time."], Texts(lines, "note"));
    }

    [Fact]
    public void A_part_that_failed_is_told_once()
    {
        var lines = StatusLines.Of(Status with { Parts = [new PartStatus("waits", PartState.Failed, "No session.")], Notes = ["waits: No session."] }, usualBudget: 0.005);

        Assert.Equal(["Failed No session."], Texts(lines, "waits"));
        Assert.Empty(Texts(lines, "note"));
    }

    [Fact]
    public void A_boost_does_not_look_like_another_budget()
    {
        Assert.Equal(["0.30 % of a budget of 0.50 %"], Texts(StatusLines.Of(Status, usualBudget: 0.005), "overhead"));
        Assert.Equal(
            ["0.30 % of a budget of 5.00 % for the moment, because somebody asked for more; usually 0.50 %"],
            Texts(StatusLines.Of(Status with { OverheadBudget = 0.05 }, usualBudget: 0.005), "overhead"));
    }

    [Fact]
    public void One_line_says_what_the_overhead_consists_of()
    {
        Assert.Empty(Texts(StatusLines.Of(Status, usualBudget: 0.005), "overhead by source"));
        Assert.Equal(
            ["labels 0.20 %, own threads 0.10 %"],
            Texts(StatusLines.Of(Status with { OverheadParts = [new("labels", 0.002), new("own threads", 0.001)] }, usualBudget: 0.005), "overhead by source"));
    }

    private static IEnumerable<string> Texts(IEnumerable<KeyValuePair<string, string>> lines, string name) =>
        lines.Where(line => line.Key == name).Select(line => line.Value);
}
