using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

[Collection(Quiet.Name)]
public sealed class SupervisorLifeTests : IDisposable
{
    private const int Lives = 50;

    private readonly FakeRuntime _runtime = new();
    private readonly Pump _pump = new(new PumpOptions());

    public void Dispose()
    {
        _runtime.Dispose();
        _pump.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_supervisor_that_was_stopped_leaves_no_descriptor_and_may_still_be_told_something(bool started)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are counted in /proc.");
        int before = Events();
        for (int i = 0; i < Lives; i++)
        {
            var supervisor = new SessionSupervisor(_pump, new SupervisorOptions { Socket = _runtime.Socket, Source = _ => new RecordingSource() });
            if (started)
            {
                supervisor.Start();
            }

            Assert.Null(supervisor.Stop(TimeSpan.FromSeconds(10)));
            supervisor.Want(SessionKind.Ticks, true);
        }

        Assert.InRange(Events(), 0, before + (Lives / 2));
    }

    /// <summary>Descriptors of the kind that wakes a thread; others of the process may come and go.</summary>
    private static int Events() => Directory.GetFiles("/proc/self/fd").Count(path =>
        new FileInfo(path).LinkTarget?.Contains("eventfd", StringComparison.Ordinal) == true);
}
