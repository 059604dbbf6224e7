using SelfProfiler.Hosting;
using SelfProfiler.Labels;
using SelfProfiler.Session;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

[Collection(Quiet.Name)]
public sealed class SourcesTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly Pump _pump = new(new PumpOptions());
    private readonly Pipeline _pipeline;
    private readonly Sources _sources;

    public SourcesTests()
    {
        var counters = new LabelCounters();
        var requests = new RequestTable(counters, 256);
        _pipeline = new Pipeline(new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), requests, counters), requests);
        var settings = new EngineSettings(new ContinuousProfilingOptions { CpuSource = CpuSource.EventPipe });
        _sources = new Sources(settings, _pump, _pipeline, _ => { }, action => action());
    }

    public void Dispose()
    {
        _sources.Stop(Deadline);
        _pump.Stop(Deadline);
        _pump.Dispose();
        _pipeline.Dispose();
    }

    [Fact]
    public void Switched_off_and_on_before_the_pump_gets_to_it_everything_runs()
    {
        _sources.Start();
        _sources.Pause();
        _sources.Start();
        _pump.Start();

        Eventually.UntilBlocking(() => Is(SessionKind.Methods, SessionState.Running) && Is(SessionKind.Gc, SessionState.Running), Deadline);
    }

    [Fact]
    public void Switched_on_and_off_before_the_pump_gets_to_it_nothing_runs()
    {
        _sources.Start();
        _sources.Pause();
        _pump.Start();
        using var over = new ManualResetEventSlim();
        _pump.Post(over.Set);
        Assert.True(over.Wait(Deadline));

        // The control thread may have begun to start them in between.
        Eventually.UntilBlocking(() => _sources.Sessions.ThreadId != 0 && Is(SessionKind.Methods, SessionState.Off) && Is(SessionKind.Gc, SessionState.Off), Deadline);
    }

    private bool Is(SessionKind kind, SessionState state) => Array.Find(_sources.Sessions.Status(), session => session.Kind == kind)!.State == state;
}
