using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class RestartPolicyTests
{
    private const long Second = 1_000_000_000;
    private readonly RestartPolicy _policy = new();

    [Fact]
    public void Each_failure_waits_longer_and_the_fifth_in_ten_minutes_ends_it()
    {
        double[] delays = [2, 6, 18, 54];
        for (int i = 0; i < delays.Length; i++)
        {
            Assert.Equal(delays[i], _policy.OnFailure(i * 60 * Second, 0.5)!.Value.TotalSeconds, 3);
            Assert.False(_policy.GaveUp);
        }

        Assert.Null(_policy.OnFailure(4 * 60 * Second, 0.5));
        Assert.True(_policy.GaveUp);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 3)]
    public void The_delay_is_spread_from_half_to_one_and_a_half(double random, double seconds) =>
        Assert.Equal(seconds, _policy.OnFailure(0, random)!.Value.TotalSeconds, 3);

    [Fact]
    public void Failures_older_than_ten_minutes_do_not_count()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.NotNull(_policy.OnFailure(i * 151 * Second, 0.5));
        }
    }

    [Fact]
    public void A_reset_begins_anew()
    {
        for (int i = 0; i < 5; i++)
        {
            _policy.OnFailure(0, 0.5);
        }

        _policy.Reset();
        Assert.False(_policy.GaveUp);
        Assert.Equal(2, _policy.OnFailure(0, 0.5)!.Value.TotalSeconds, 3);
    }
}
