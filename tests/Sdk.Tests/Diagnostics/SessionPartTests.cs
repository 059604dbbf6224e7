using SelfProfiler.Diagnostics;
using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class SessionPartTests
{
    [Theory]
    [InlineData(0, true, 1.0, PartState.Starting, "")]
    [InlineData(0, true, 0.1, PartState.Starting, "")]
    [InlineData(3, true, 1.0, PartState.Starting, "")]
    [InlineData(3, true, 0.1, PartState.Limited, "collected 10 % of the time, to keep the overhead budget")]
    [InlineData(3, true, 0.0, PartState.Off, "exceed")]
    [InlineData(3, false, 0.1, PartState.Off, "")]
    public void A_session_that_pauses_does_not_look_as_if_it_never_came_up(int starts, bool wanted, double duty, PartState state, string word)
    {
        var part = SessionPart.Of("waits", new SessionStatus(SessionKind.Waits, SessionState.Off, null, 0, starts, starts, 0, 0), wanted, duty);

        Assert.Equal(state, part.State);
        Assert.Contains(word, part.Detail, StringComparison.Ordinal);
        Assert.Equal(word.Length == 0, part.Detail.Length == 0);
    }

    [Theory]
    [InlineData(true, 1.0, PartState.Running, "")]
    [InlineData(true, 0.404, PartState.Limited, "collected 40.4 % of the time, to keep the overhead budget")]
    [InlineData(true, 0.0, PartState.Limited, "tried whether it would still exceed the overhead budget")]
    [InlineData(false, 0.4, PartState.Running, "")]
    public void A_session_that_is_on_part_of_the_time_says_how_much(bool wanted, double duty, PartState state, string detail) =>
        Assert.Equal(new PartStatus("waits", state, detail), SessionPart.Of("waits", Running(SessionKind.Waits), wanted, duty));

    [Theory]
    [InlineData(1.0, 1.0, PartState.Running, "")]
    [InlineData(0.4, 1.0, PartState.Limited, "allocations collected 40 % of the time, to keep the overhead budget")]
    [InlineData(0.4, 0.0, PartState.Limited, "allocations collected 40 % of the time, exceptions off, to keep the overhead budget")]
    public void A_session_of_several_kinds_says_which_of_them_pause(double allocations, double exceptions, PartState state, string detail) => Assert.Equal(
        new PartStatus("gc", state, detail),
        SessionPart.Of("gc", Running(SessionKind.Gc), wanted: true, ("allocations", allocations), ("exceptions", exceptions)));

    [Fact]
    public void What_else_is_to_be_said_follows() => Assert.StartsWith(
        "collected 40 % of the time, to keep the overhead budget; renewed 2 times",
        SessionPart.Of("waits", Running(SessionKind.Waits) with { Renewals = 2 }, wanted: true, 0.4).Detail,
        StringComparison.Ordinal);

    /// <summary>Most of the time the session is off between two windows. One that cannot run left the status at "Running ticks".</summary>
    [Theory]
    [InlineData(SessionState.Off, false, false, PartState.Running, "ticks. No kernel.")]
    [InlineData(SessionState.Off, false, true, PartState.Limited, "ticks. No kernel.")]
    [InlineData(SessionState.Starting, true, true, PartState.Starting, "ticks. No kernel. No socket.")]
    [InlineData(SessionState.Failed, true, false, PartState.Failed, "ticks. No kernel. No socket.")]
    internal void Ticks_that_cannot_come_are_not_said_to_run(SessionState session, bool fails, bool few, PartState state, string detail)
    {
        var ticks = new SessionStatus(SessionKind.Ticks, session, fails ? new SessionFailure(FailureReason.NoSocket, "No socket.") : null, 0, 0, 0, 1, 0);
        Assert.Equal(new PartStatus("cpu", state, detail), SessionPart.OfTicks(ticks, "No kernel.", few));
    }

    private static SessionStatus Running(SessionKind kind) => new(kind, SessionState.Running, null, 0, 3, 2, 0, 0);
}
