using SelfProfiler.Diagnostics.Fleet;
using SelfProfiler.Hosting;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

public sealed class ActivationTests
{
    private const long Second = 1_000_000_000;

    private readonly List<string> _told = [];
    private readonly Queue<Action> _background = [];
    private DateTimeOffset _utcNow = DateTimeOffset.UnixEpoch;
    private long _now;
    private bool _fails;

    [Fact]
    public void Without_fleet_modes_the_switch_alone_decides_at_once()
    {
        var activation = Activation(1, new DutyOptions());
        activation.SetEnabled(true);
        Assert.True(activation.Running);
        activation.SetEnabled(false);

        Assert.Equal(["start", "stop"], _told);
        Assert.Null(activation.Sentence);
    }

    [Fact]
    public void Duty_windows_start_and_stop_in_the_background()
    {
        var activation = Activation(1, new DutyOptions { On = TimeSpan.FromSeconds(10), Period = TimeSpan.FromMinutes(1) });
        activation.SetEnabled(true);
        int seconds = 0;
        for (int i = 0; i < 600; i++)
        {
            Turn(activation);
            seconds += activation.Running ? 1 : 0;
        }

        Assert.InRange(seconds, 98, 102);
        Assert.InRange(_told.Count, 19, 21);
        Assert.Matches("^(Between two duty windows|This instance profiles now)", activation.Sentence!);
    }

    [Fact]
    public void Somebody_who_asks_is_served_out_of_turn_but_not_when_it_is_switched_off()
    {
        var activation = Activation(0.001, new DutyOptions());
        while (new Participation(0.001, TimeSpan.FromMinutes(1), new DutyOptions(), "a").IsActive(_utcNow))
        {
            _utcNow += TimeSpan.FromMinutes(1);
        }

        activation.SetEnabled(true);
        Assert.False(activation.Running);
        Assert.Contains("Other instances profile now", activation.Sentence, StringComparison.Ordinal);

        activation.Demand(_now + (3 * Second));
        Background();
        Assert.True(activation.Running);
        Assert.StartsWith("Somebody asks out of turn.", activation.Sentence, StringComparison.Ordinal);
        for (int i = 0; i < 4; i++)
        {
            Turn(activation);
        }

        Assert.False(activation.Running);
        activation.SetEnabled(false);
        activation.Demand(_now + (3 * Second));
        Background();
        Assert.False(activation.Running);
        Assert.Equal(["start", "stop"], _told);
    }

    [Fact]
    public void Nothing_starts_after_the_end()
    {
        var activation = Activation(1, new DutyOptions());
        activation.SetEnabled(true);
        activation.Close();
        activation.SetEnabled(false);
        activation.SetEnabled(true);
        activation.Demand(_now + Second);
        Background();

        Assert.Equal(["start"], _told);
    }

    [Fact]
    public void A_start_that_fails_is_told_and_tried_again_after_a_while()
    {
        var activation = Activation(1, new DutyOptions());
        _fails = true;
        Assert.Throws<OutOfMemoryException>(() => activation.SetEnabled(true));
        Assert.False(activation.Running);

        _fails = false;
        for (int i = 0; i < 9; i++)
        {
            Turn(activation);
        }

        Assert.False(activation.Running);
        Turn(activation);
        Assert.True(activation.Running);
        Assert.Equal(["start"], _told);
    }

    private Activation Activation(double coverage, DutyOptions duty) => new(
        new Participation(coverage, TimeSpan.FromMinutes(1), duty, "a"),
        () => _told.Add(_fails ? throw new OutOfMemoryException() : "start"),
        () => _told.Add("stop"),
        _background.Enqueue,
        () => _utcNow,
        () => _now);

    private void Turn(Activation activation)
    {
        _now += Second;
        _utcNow += TimeSpan.FromSeconds(1);
        activation.OnTurn(_now);
        Background();
    }

    private void Background()
    {
        while (_background.TryDequeue(out var action))
        {
            action();
        }
    }
}
