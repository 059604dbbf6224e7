using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class TickScheduleTests
{
    private const long Millisecond = 1_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.001)]
    [InlineData(double.NaN)]
    public void Nothing_allowed_means_off(double rate) =>
        Assert.Equal(TickMode.Off, TickSchedule.Next(rate, Millisecond, 0.5).Mode);

    [Theory]
    [InlineData(99, 10)]
    [InlineData(99, 16)]
    [InlineData(20, 50)]
    public void Rare_ticks_within_the_budget_stay_on(double rate, long interval) =>
        Assert.Equal(TickMode.Always, TickSchedule.Next(rate, interval * Millisecond, 0.5).Mode);

    [Theory]
    [InlineData(99, 1)]
    [InlineData(99, 9)]
    [InlineData(50, 10)]
    [InlineData(1, 100)]
    public void Too_many_ticks_or_too_small_a_budget_make_windows(double rate, long interval) =>
        Assert.Equal(TickMode.Windows, TickSchedule.Next(rate, interval * Millisecond, 0.5).Mode);

    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(99)]
    [InlineData(1_000)]
    public void Windows_keep_the_rate_the_ceiling_and_the_number_of_starts(double rate)
    {
        var random = new Random(1);
        double time = 0;
        double ticks = 0;
        const int Windows = 10_000;
        for (int i = 0; i < Windows; i++)
        {
            var plan = TickSchedule.Next(rate, Millisecond, random.NextDouble());
            time += (plan.Length + plan.Pause) / 1e9;
            ticks += (double)plan.Length / Millisecond;
        }

        Assert.InRange(ticks / time, 0.97 * Math.Min(rate, 99), 1.03 * Math.Min(rate, 99));
        Assert.InRange(Windows / time * 3_600, 0, TickSchedule.MaxWindowsPerHour * 1.03);
        Assert.InRange(ticks / Windows, TickSchedule.MinTicksPerWindow - 0.01, 1_000);
    }

    [Fact]
    public void Pauses_vary_from_half_to_one_and_a_half()
    {
        long middle = TickSchedule.Next(10, Millisecond, 0.5).Pause;
        Assert.Equal(middle / 2.0, TickSchedule.Next(10, Millisecond, 0).Pause, 1.0);
        Assert.Equal(middle * 1.5, TickSchedule.Next(10, Millisecond, 1).Pause, 1.0);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("", 1)]
    [InlineData("a", 10)]
    [InlineData("10", 16)]
    [InlineData("0", 1)]
    [InlineData("soon", 1)]
    public void The_setting_is_hexadecimal_milliseconds(string? setting, long milliseconds) =>
        Assert.Equal(milliseconds * Millisecond, TickSchedule.ParseInterval(setting));
}
