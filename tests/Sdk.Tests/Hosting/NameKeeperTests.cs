using SelfProfiler.Hosting;
using SelfProfiler.Session;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

public sealed class NameKeeperTests : IDisposable
{
    private const long Second = 1_000_000_000;

    private readonly Pump _pump = new(new PumpOptions());
    private readonly MethodMap _methods = new();
    private readonly NameKeeper _names;
    private long _lost;

    public NameKeeperTests()
    {
        var sessions = new SessionSupervisor(_pump, new SupervisorOptions { Source = _ => throw new InvalidOperationException() });
        _names = new NameKeeper(_methods, sessions, () => _lost, _ => { });
        _methods.Lists.Add();
    }

    public void Dispose() => _pump.Dispose();

    [Fact]
    public void Where_events_that_tell_of_methods_were_lost_not_all_are_known_until_they_are_listed_again()
    {
        _names.OnTurn(10 * Second, allowed: false);
        Assert.True(_methods.Lists.Complete);

        _lost = 1;
        _names.OnTurn(20 * Second, allowed: false);
        Assert.False(_methods.Lists.Complete);
        _methods.Lists.Add(); // asked for before
        _names.OnTurn(30 * Second, allowed: false);
        Assert.False(_methods.Lists.Complete);

        _names.OnTurn(40 * Second, allowed: true); // asks for one
        _methods.Lists.Add();
        _names.OnTurn(50 * Second, allowed: true);
        Assert.True(_methods.Lists.Complete);
    }
}
