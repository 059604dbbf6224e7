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

    /// <summary>The table since the start has another limit, and it was the one of windows that was named.</summary>
    [Fact]
    public void What_found_no_room_is_told_with_the_limit_it_met()
    {
        var settings = new EngineSettings(new ContinuousProfilingOptions());
        var window = Full(cumulative: false);
        var sinceStart = Full(cumulative: true);

        Assert.Equal(["2 samples lost their labels or their stack at the limit of 1 rows."], WindowComments.Of(window, null, GovernorDecision.Unlimited, ofThreads: false, settings));
        Assert.StartsWith("2 samples became [overflow]", Assert.Single(WindowComments.Of(sinceStart, null, GovernorDecision.Unlimited, ofThreads: false, settings)), StringComparison.Ordinal);

        ProfileWindow Full(bool cumulative)
        {
            var full = new ProfileWindow(Kinds.Only(ProfileKind.Waits), 0, 1_000, _labels.Requests, maxCells: 1) { Cumulative = cumulative };
            for (int stack = 1; stack <= 3; stack++)
            {
                full.Add(ProfileKind.Waits, new SampleKey(stack, default, 0, SampleFlags.None), 1, 1, overflowStack: 0);
            }

            return full;
        }
    }

    private string[] Comments(ProfileKind kind, GovernorDecision budget, ContinuousProfilingOptions options) => WindowComments.Of(
        new ProfileWindow(Kinds.Only(kind), 0, 1_000, _labels.Requests, 1_000), tickReason: null, budget, ofThreads: true, new EngineSettings(options));
}
