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
        _policy.Finished(newBodies: 100, unknownInImages: 100);

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
            _policy.Finished(newBodies: 3, unknown);
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
        _policy.Finished(0, 100);
        _policy.Started(200);
        _policy.Finished(90, 200);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.True(_policy.ShouldRun(300));
    }

    [Fact]
    public void What_was_unknown_while_a_list_was_made_is_no_reason_for_another()
    {
        _policy.Started(0);
        _policy.Finished(newBodies: 9_000, unknownInImages: 500);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.False(_policy.ShouldRun(500 + RundownPolicy.WorthIt - 1));
        Assert.True(_policy.ShouldRun(500 + RundownPolicy.WorthIt));
    }

    [Fact]
    public void Who_did_not_listen_for_a_while_needs_a_list_whatever_is_unknown_and_however_little_the_last_one_helped()
    {
        _policy.Started(1_000);
        _policy.Finished(newBodies: 0, unknownInImages: 1_000);
        _policy.Missed();

        Assert.False(_policy.ShouldRun(1_000)); // not twice in ten seconds
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(_policy.ShouldRun(1_000));
        _policy.Started(1_000);
        _policy.Finished(newBodies: 50, unknownInImages: 1_000);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(_policy.ShouldRun(1_000));
    }

    [Fact]
    public void Lost_events_need_a_list_whatever_is_unknown_and_wait_longer_when_the_lists_bring_nothing()
    {
        _policy.Started(0);
        _policy.Finished(newBodies: 9_000, unknownInImages: 0);
        foreach (int seconds in (int[])[30, 60, 120, 240])
        {
            _policy.Lost();
            _time.Advance(TimeSpan.FromSeconds(seconds - 1));
            Assert.False(_policy.ShouldRun(0));
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(_policy.ShouldRun(0));
            _policy.Started(0);
            Assert.False(_policy.WantsList);
            _policy.Finished(newBodies: 0, unknownInImages: 0);
        }

        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(_policy.ShouldRun(0));
    }
}
