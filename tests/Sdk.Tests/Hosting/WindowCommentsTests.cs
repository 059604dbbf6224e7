using SelfProfiler.Aggregate;
using SelfProfiler.Diagnostics;
using SelfProfiler.Hosting;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

public class WindowCommentsTests
{
    private readonly LabelEngine _labels = new(new LabelOptions());

    [Fact]
    public void What_the_budget_took_from_the_window_is_in_its_comments()
    {
        var budget = GovernorDecision.Unlimited with { Duty = Duties.Full with { Waits = 0.25, Kernel = 0.5 } };

        var comments = Comments(ProfileKind.Cpu, budget, new ContinuousProfilingOptions());

        Assert.Collection(
            comments,
            comment => Assert.StartsWith("CPU samples are taken 50 % of the time", comment, StringComparison.Ordinal),
            comment => Assert.StartsWith("Waits are collected 25 % of the time", comment, StringComparison.Ordinal));
        Assert.Empty(Comments(ProfileKind.Cpu, GovernorDecision.Unlimited, new ContinuousProfilingOptions()));
    }

    [Fact]
    public void What_is_not_collected_at_all_is_said_in_its_own_profile()
    {
        var options = new ContinuousProfilingOptions { Exceptions = false };

        Assert.Equal(["Exceptions: not collected, ContinuousProfiling:Exceptions is false."], Comments(ProfileKind.Exceptions, GovernorDecision.Unlimited, options));
        Assert.Empty(Comments(ProfileKind.Waits, GovernorDecision.Unlimited, options));
    }

    private string[] Comments(ProfileKind kind, GovernorDecision budget, ContinuousProfilingOptions options) => WindowComments.Of(
        new ProfileWindow(Kinds.Only(kind), 0, 1_000, _labels.Requests, 1_000), tickReason: null, budget, ofThreads: true, new EngineSettings(options));
}
