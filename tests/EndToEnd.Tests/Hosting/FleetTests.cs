using System.Collections.Concurrent;
using System.Diagnostics;
using SelfProfiler.Labels;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Hosting;

/// <summary>Turns, boosts and triggers with the real engine.</summary>
public sealed class FleetTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(CpuSource.Auto)]
    [InlineData(CpuSource.EventPipe)]
    public async Task A_boost_takes_more_samples_and_they_say_why(CpuSource source)
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { CpuSource = source, Boost = new BoostOptions { Budget = 0.5 } });
        using var work = new Burner();
        var ordinary = await profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromSeconds(3));
        profiler.Boost(TimeSpan.FromMinutes(1));
        await Eventually.Until(() => profiler.Status.Parts.Any(part => part.Name == "boosts"), what: "the boost");
        var boosted = await profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromSeconds(3));

        Assert.True(ordinary.Sum(0) > 0, "no samples");
        if (source == CpuSource.Auto && profiler.Status.CpuSource == CpuSource.Kernel)
        {
            // By CPU time, of which the two captures may have had different amounts; nominally five times as many.
            double before = ordinary.Sum(0) / (double)ordinary.Sum(1), during = boosted.Sum(0) / (double)boosted.Sum(1);
            Assert.True(during > 2 * before, $"{during * 1e9:0} samples per second of CPU in the boost, {before * 1e9:0} before");
        }

        Assert.DoesNotContain(ordinary.Data.LabelSets, HasTrigger);
        Assert.Contains(boosted.Data.LabelSets, HasTrigger);
        Assert.Contains("Boosted (on_demand)", Part(profiler, "boosts"), StringComparison.Ordinal);
        Assert.Equal(0.5, profiler.Status.OverheadBudget);

        bool HasTrigger(KeyValuePair<string, string>[] labels) => labels.Contains(new("trigger", "on_demand"));
    }

    [Fact]
    public async Task What_a_trigger_had_sampled_is_captured_exported_and_kept_with_its_label()
    {
        var exporter = new Exporter();
        await using var profiler = await Profilers.StartAsync(
            new ContinuousProfilingOptions
            {
                DiagnosticsPort = 0,
                ExportInterval = TimeSpan.FromSeconds(1),
                Boost = new BoostOptions { Duration = TimeSpan.FromSeconds(10) },
                Triggers = new TriggerOptions { Cpu = 0.02, For = TimeSpan.Zero },
            },
            exporter);
        var filter = new ProfileFilter { Labels = [new("trigger", "cpu")] };
        using var work = new Burner();
        await Eventually.Until(() => Part(profiler, "boosts")?.Contains("(cpu)", StringComparison.Ordinal) == true, Deadline, "the trigger");
        var fired = DateTimeOffset.UtcNow;

        var profile = await profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromSeconds(2), filter);
        Assert.True(profile.Sum(0) > 0, "no samples with the trigger's label");
        await Eventually.Until(() => exporter.Samples("cpu") > 0, Deadline, "an export with the trigger's label");

        // The window of that time is sealed and kept, the boost is over.
        await Eventually.Until(() => Part(profiler, "boosts")?.Contains("(cpu)", StringComparison.Ordinal) == false, Deadline, "the end of the boost");
        int windows = profiler.Host.History!.Status.Windows;
        await Eventually.Until(() => profiler.Host.History!.Status.Windows > windows, Deadline, "history");
        Assert.True(profiler.Host.Past(ProfileKind.Cpu, filter, fired, fired + TimeSpan.FromSeconds(5)).Sum(0) > 0, "history has no samples with the trigger's label");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{profiler.Host.Services.BoundPort}/debug/pprof/") };
        Assert.Contains(nameof(Burner), await client.GetStringAsync("profile?from=-1h&label=trigger:cpu&format=folded"), StringComparison.Ordinal);
        Assert.Empty(await client.GetStringAsync("profile?from=-1h&label=trigger:gc_pause&format=folded"));
    }

    [Fact]
    public async Task Slow_requests_fire_their_trigger_however_many_others_begin_meanwhile()
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions
        {
            Triggers = new TriggerOptions { RouteP95 = { ["/slow"] = TimeSpan.FromMilliseconds(1) }, For = TimeSpan.Zero },
        });
        var slow = Enumerable.Range(0, 40).Select(_ => Begun("/slow")).ToArray();
        for (int i = 0; i < 12_000; i++)
        {
            Begun("/quick").End();
        }

        Array.ForEach(slow, static request => request.End());
        await Eventually.Until(() => Part(profiler, "boosts")?.Contains("p95:/slow", StringComparison.Ordinal) == true, TimeSpan.FromSeconds(60), "the trigger");
    }

    [Fact]
    public async Task Out_of_turn_nothing_runs_until_somebody_asks()
    {
        await using var profiler = ContinuousProfiler.Start(new ContinuousProfilingOptions
        {
            Duty = new DutyOptions { On = TimeSpan.FromSeconds(1), Period = TimeSpan.FromDays(1) },
            Instance = InstanceOutOfTurn(),
        });
        using var work = new Burner();
        Assert.Equal(PartState.Off, profiler.Status.Parts.Single(part => part.Name == "turn").State);
        Assert.Equal(PartState.Off, profiler.Status.Parts.Single(part => part.Name == "cpu").State);

        var profile = await profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromSeconds(3));
        Assert.True(profile.Sum(0) > 0, "no samples for who asked");
        await Eventually.Until(() => profiler.Status.Parts.Single(part => part.Name == "cpu").State == PartState.Off, what: "the end of what was asked for");
        Assert.True(profiler.Enabled);
    }

    private static string? Part(ContinuousProfiler profiler, string name) => profiler.Status.Parts.FirstOrDefault(part => part.Name == name)?.Detail;

    /// <summary>A request that has begun in a flow of its own.</summary>
    private static Request Begun(string route)
    {
        Request? made = null;
        var caller = ExecutionContext.Capture()!;
        ExecutionContext.Run(
            caller,
            _ =>
            {
                var scope = RequestScope.Begin();
                RequestScope.SetRoute(route);
                made = new Request(scope, ExecutionContext.Capture()!);
            },
            null);
        return made!;
    }

    /// <summary>One whose second of the day is neither now nor soon.</summary>
    private static string InstanceOutOfTurn() => Enumerable.Range(0, 1_000).Select(i => $"instance-{i}").First(name =>
    {
        var duty = new SelfProfiler.Diagnostics.Fleet.DutyWindows(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), name);
        return duty.NextEdge(DateTimeOffset.UtcNow) - DateTimeOffset.UtcNow > TimeSpan.FromHours(1);
    });

    /// <summary>Counts the CPU samples that bear a trigger's name.</summary>
    private sealed class Exporter : IProfileExporter
    {
        private readonly ConcurrentQueue<ProfileData> _seen = new();

        public string Name => "triggers";

        public ValueTask<ExportResult> ExportAsync(ProfileExport export, CancellationToken cancellationToken)
        {
            if (export.Profile.Kind == ProfileKind.Cpu)
            {
                _seen.Enqueue(export.Profile.Data);
            }

            return new(ExportResult.Delivered);
        }

        public long Samples(string trigger) => _seen.Sum(
            profile => profile.Samples.Where(sample => profile.LabelSets[sample.LabelSet].Contains(new("trigger", trigger))).Sum(sample => sample.Count));
    }

    private sealed class Request(RequestScope scope, ExecutionContext flow)
    {
        public void End() => ExecutionContext.Run(flow, _ => scope.Dispose(), null);
    }

    private sealed class Burner : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _stop;

        public Burner()
        {
            _thread = new Thread(() =>
            {
                while (!_stop)
                {
                    Thread.SpinWait(1_000);
                }
            });
            _thread.Start();
        }

        public void Dispose()
        {
            _stop = true;
            _thread.Join();
        }
    }
}
