using SelfProfiler.Diagnostics;
using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class SessionSlotTests : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(30);
    private static readonly SessionFailure Failure = new(FailureReason.Stalled, "It does not answer.");

    private readonly Pump _pump = new(new PumpOptions());
    private readonly WakeEvent _wake = new();
    private readonly SessionSlot _slot;

    public SessionSlotTests() => _slot = new SessionSlot(
        new SessionControl(_pump, new SupervisorOptions { Source = _ => throw new InvalidOperationException() }, _wake), SessionDefinition.Rundown);

    public void Dispose()
    {
        _wake.Dispose();
        _pump.Dispose();
    }

    [Fact]
    public void What_was_given_up_is_tried_again_after_a_rest()
    {
        long before = Clock.Now;
        GiveUp();
        _slot.ReviveAfter(Rest, before + (long)Rest.TotalNanoseconds - 1);
        Assert.False(_slot.CanTry);

        _slot.ReviveAfter(Rest, Clock.Now + (long)Rest.TotalNanoseconds);
        Assert.True(_slot.CanTry);
        Assert.Equal(0, _slot.NextTry);
    }

    [Fact]
    public void What_was_given_up_is_tried_again_after_it_was_not_wanted()
    {
        GiveUp();
        _slot.Step(wanted: false, Clock.Now);
        Assert.True(_slot.CanTry);
    }

    private void GiveUp()
    {
        for (int i = 0; i < RestartPolicy.MaxFailures; i++)
        {
            _slot.Fail(Failure);
        }

        Assert.False(_slot.CanTry);
        Assert.Equal(SessionState.Failed, _slot.Status.State);
    }
}
