using SelfProfiler.Hosting;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

public sealed class TurnPaceTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(true, false, 0, TurnPace.QuietNs)]
    [InlineData(true, false, 45_000, TurnPace.QuietNs)]
    [InlineData(true, false, 55_000, TurnPace.BusyNs)]
    [InlineData(true, true, 0, TurnPace.BusyNs)]
    [InlineData(false, false, 0, TurnPace.StoppedNs)]
    [InlineData(false, true, 0, TurnPace.BusyNs)]
    public void Turns_are_short_while_much_is_noted_or_somebody_waits(bool running, bool waits, long changesPerSecond, long expected)
    {
        foreach (long elapsed in (long[])[TurnPace.BusyNs, TurnPace.QuietNs, Second])
        {
            Assert.Equal(expected, TurnPace.Next(running, waits, changesPerSecond * elapsed / Second, elapsed));
        }
    }

    [Theory]
    [InlineData(30_000_000, 30_000_000)]
    [InlineData(100_000, 5_000_000)]
    [InlineData(-1, 5_000_000)]
    [InlineData(Second, TurnPace.QuietNs)]
    public void A_turn_comes_when_a_session_is_to_start_or_stop(long away, long expected) =>
        Assert.Equal(expected, TurnPace.Until(Second + away, TurnPace.QuietNs, Second));

    [Fact]
    public void Without_such_a_moment_the_pace_stays() => Assert.Equal(TurnPace.BusyNs, TurnPace.Until(long.MaxValue, TurnPace.BusyNs, Second));

    [Fact]
    public void Rings_of_the_kernel_hold_more_than_two_turns() =>
        Assert.InRange(TurnPace.QuietNs * 2.5, 0, SelfProfiler.Kernel.SamplerPlan.DrainTolerance);
}
