using SelfProfiler.Diagnostics;
using SelfProfiler.Hosting;
using SelfProfiler.Kernel;
using SelfProfiler.Labels;
using SelfProfiler.Sdk.Tests.Kernel;
using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

[Collection(Quiet.Name)]
public sealed class CpuSamplingTests : IDisposable
{
    private const long Minute = 60_000_000_000;

    private readonly Pump _pump = new(new PumpOptions());
    private readonly Pipeline _pipeline;
    private readonly Governor _governor = new(EventCost.Nanoseconds, new GovernorLevers(_ => { }, (_, _) => { }), new Random(1));
    private readonly SessionSupervisor _sessions;
    private readonly List<string> _notices = [];
    private readonly CpuSampling _cpu;
    private bool? _passing; // why the kernel cannot be used now; null: it can
    private int _asked;
    private KernelCounters? _counters;

    public CpuSamplingTests()
    {
        var counters = new LabelCounters();
        var requests = new RequestTable(counters, 256);
        _pipeline = new Pipeline(new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), requests, counters), requests);
        _sessions = new SessionSupervisor(_pump, new SupervisorOptions { Source = _ => throw new InvalidOperationException() });
        var settings = new EngineSettings(new ContinuousProfilingOptions());
        _cpu = new CpuSampling(settings, _pipeline, _governor, _sessions, notice => _notices.Add(notice.Text), StartKernel);
    }

    public void Dispose()
    {
        _cpu.Stop();
        _sessions.Dispose();
        _pump.Dispose();
        _pipeline.Dispose();
    }

    [Fact]
    public void What_passes_is_tried_again_and_ticks_end_when_the_kernel_is_back()
    {
        _passing = true;
        _cpu.Start(0);
        Assert.True(_cpu.UsesTicks);
        Assert.Equal(TickUse.Cpu, _governor.TickUse);

        _cpu.Drain(Minute - 1);
        Assert.Equal(1, _asked);
        _cpu.Drain(Minute);
        Assert.Equal(2, _asked);
        Assert.True(_cpu.UsesTicks);
        Assert.Single(_notices);

        _passing = null;
        _cpu.Drain(6 * Minute);
        Assert.SkipWhen(_cpu.Kernel is null && Environment.GetEnvironmentVariable("CI") != "true", "The kernel refuses events here.");
        Assert.True(_cpu.Kernel!.Running);
        Assert.False(_cpu.UsesTicks);
        Assert.Empty(_cpu.Reason);
        Assert.Equal(TickUse.None, _governor.TickUse);
        Assert.Equal("CPU samples come from the kernel again.", _notices[^1]);
    }

    [Fact]
    public void A_refusal_is_for_good_and_nothing_is_tried_while_sources_are_off()
    {
        _passing = false;
        _cpu.Start(0);
        _cpu.Drain(1000 * Minute);
        Assert.Equal(1, _asked);

        _passing = true;
        _cpu.Start(0);
        _cpu.Stop();
        _cpu.Drain(1000 * Minute);
        Assert.Equal(2, _asked);
    }

    [Fact]
    public void The_kernel_is_asked_ever_more_rarely_until_it_has_sampled_for_long()
    {
        var retry = new KernelRetry();
        Assert.False(retry.IsDue(long.MaxValue - 1));
        Assert.Equal([1, 5, 30, 30], Enumerable.Range(0, 4).Select(_ => DelayAfter(retry, 100 * Minute)));

        retry.Succeeded(200 * Minute);
        Assert.False(retry.IsDue(300 * Minute));
        Assert.Equal(30, DelayAfter(retry, 229 * Minute));
        retry.Succeeded(300 * Minute);
        Assert.Equal(1, DelayAfter(retry, 330 * Minute));
    }

    /// <summary>They are totals since the start, in the status and as metrics: they fell to zero at each boost and each turn in a fleet.</summary>
    [Fact]
    public void What_is_counted_survives_events_that_are_opened_anew_and_events_that_are_lost()
    {
        _cpu.Start(0);
        Assert.SkipWhen(_cpu.Kernel is null && Environment.GetEnvironmentVariable("CI") != "true", "The kernel refuses events here.");
        Burner.OnNewThread(TimeSpan.FromSeconds(0.3), Burner.Spin);
        _cpu.Drain(1);
        // More than a test could lose by itself.
        const int Many = 1_000_000;
        (_counters!.Lost, _counters.Refused, _counters.Unrepaired) = (Many, Many, Many);
        var before = _cpu.Kernel!.Status;
        Assert.True(before.Samples > 0);

        _cpu.Boost(true, 2);
        AssertLosses();
        Assert.True(_cpu.Kernel!.Status is var boosted && boosted.Samples >= before.Samples && boosted.Lost >= Many && boosted.Refused >= Many && boosted.Repair.Unrepaired >= Many, $"{before} became {boosted}");
        _cpu.Stop();
        AssertLosses();
        _passing = false;
        _cpu.Start(3);
        Assert.True(_cpu.UsesTicks);
        AssertLosses();

        void AssertLosses()
        {
            foreach (var loss in (string[])["kernel samples lost", "attempts to cover a thread with kernel samples that failed", "kernel stacks not repaired"])
            {
                Assert.InRange(_cpu.KernelLosses.Single(counted => counted.Key == loss).Value, Many, long.MaxValue);
            }
        }
    }

    private static long DelayAfter(KernelRetry retry, long now)
    {
        retry.Failed(now);
        return Enumerable.Range(1, 100).First(minutes => retry.IsDue(now + (minutes * Minute)));
    }

    private KernelSampler? StartKernel(KernelSamplerSettings settings, out string? reason, out bool passing)
    {
        _asked++;
        Assert.True(_counters is null || _counters == settings.Counters);
        _counters = settings.Counters;
        if (_passing is null)
        {
            return KernelSampler.TryStart(settings with { AllProcesses = false }, out reason, out passing);
        }

        (reason, passing) = ("No room.", _passing.Value);
        return null;
    }
}
