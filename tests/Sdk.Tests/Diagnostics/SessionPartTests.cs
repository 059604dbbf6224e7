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
    [InlineData(3, true, 0.1, PartState.Running, "pauses")]
    [InlineData(3, true, 0.0, PartState.Off, "exceed")]
    [InlineData(3, false, 0.1, PartState.Off, "")]
    public void A_session_that_pauses_does_not_look_as_if_it_never_came_up(int starts, bool wanted, double duty, PartState state, string word)
    {
        var part = SessionPart.Of("waits", new SessionStatus(SessionKind.Waits, SessionState.Off, null, 0, starts, starts, 0, 0), wanted, duty);

        Assert.Equal(state, part.State);
        Assert.Contains(word, part.Detail, StringComparison.Ordinal);
        Assert.Equal(word.Length == 0, part.Detail.Length == 0);
    }
}
