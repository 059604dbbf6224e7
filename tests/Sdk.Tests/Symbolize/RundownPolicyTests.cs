using SelfProfiler.Symbolize;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

public class RundownPolicyTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RundownPolicy _policy;

    public RundownPolicyTests() => _policy = new RundownPolicy(_time);

    [Fact]
    public void A_few_unknown_addresses_are_not_worth_a_rundown() => Assert.False(_policy.ShouldRun(RundownPolicy.WorthIt - 1));

    [Fact]
    public void The_first_one_may_run_at_once_the_next_one_waits()
    {
        Assert.True(_policy.ShouldRun(100));
        _policy.Started(100);
        _policy.Finished(newBodies: 100);

        Assert.False(_policy.ShouldRun(1_000));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(_policy.ShouldRun(1_000));
        Assert.False(_policy.ShouldRun(100 + RundownPolicy.WorthIt - 1));
    }

    [Fact]
    public void Each_one_that_helps_little_doubles_the_pause_up_to_half_an_hour()
    {
        long unknown = 0;
        foreach (int seconds in (int[])[60, 120, 240, 480, 960, 1800, 1800])
        {
            unknown += 100;
            _policy.Started(unknown);
            _policy.Finished(newBodies: 3);
            _time.Advance(TimeSpan.FromSeconds(seconds - 1));
            Assert.False(_policy.ShouldRun(unknown + 100));
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(_policy.ShouldRun(unknown + 100));
        }
    }

    [Fact]
    public void One_that_helps_makes_the_pause_short_again()
    {
        _policy.Started(100);
        _policy.Finished(0);
        _policy.Started(200);
        _policy.Finished(90);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.True(_policy.ShouldRun(300));
    }
}
