using System.Diagnostics;
using SelfProfiler.Hosting;
using SelfProfiler.Labels;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Hosting;

/// <summary>A host does not wait for the engine; the labels of its first requests do not either.</summary>
public sealed class SharedEngineTests : IDisposable
{
    private readonly SharedEngine _engine = new(new ContinuousProfilingOptions(), static _ => { }, firstRequests: TimeSpan.FromDays(1));

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void A_start_makes_labels_and_nothing_else()
    {
        _engine.Start(enabled: true, atOnce: false);
        _engine.HostStarted();
        Assert.Null(_engine.Made);
        Assert.True(_engine.Enabled);
        Assert.Same(_engine.Labels.Tracker, ContextTracker.Active);
        Assert.Contains(_engine.StatusBefore([]).Parts, part => part.State == PartState.Starting);
        Assert.DoesNotContain(NativeThreadNames(), name => name is "SelfProfiler pum" or "SelfProfiler con");
    }

    [Fact]
    public async Task It_is_made_when_the_first_requests_have_been_answered()
    {
        using var engine = new SharedEngine(new ContinuousProfilingOptions(), static _ => { }, firstRequests: TimeSpan.Zero);
        ProfilerEngine? told = null;
        engine.WhenMade(made => told = made);
        engine.Start(enabled: true, atOnce: false);
        engine.HostStarted();
        await Eventually.Until(() => Volatile.Read(ref told) is not null); // a moment after it is made
        Assert.Same(engine.Made, told);
        Assert.Same(engine.Made, engine.Engine);
    }

    [Fact]
    public void Whoever_asks_makes_it()
    {
        _engine.Start(enabled: true, atOnce: false);
        Assert.True(_engine.Engine!.Enabled);
    }

    [Fact]
    public async Task A_request_from_before_the_engine_keeps_its_label()
    {
        _engine.Start(enabled: true, atOnce: false);
        using var activity = new Activity("request").Start();
        var engine = _engine.Engine!;
        var ticket = engine.Open(ProfileKind.Wall, TimeSpan.FromSeconds(1));
        Eventually.UntilBlocking(() => ticket.Done.IsCompleted); // on the thread of the request, whose label does not change meanwhile
        var window = await ticket.Done;
        var profile = engine.Build(ProfileKind.Wall, new ProfileFilter { TraceId = activity.TraceId.ToHexString() }, [window]);
        Assert.True(profile.Sum(1) > 0, "nothing of the request");
    }

    [Fact]
    public void Switched_off_nothing_is_made_and_no_label_followed()
    {
        _engine.Start(enabled: true, atOnce: false);
        _engine.SetEnabled(false);
        Assert.Null(ContextTracker.Active);
        Assert.False(_engine.Enabled);
        Assert.False(_engine.StatusBefore([]).Enabled);
        Assert.Null(_engine.Made);
    }

    [Fact]
    public async Task Switched_on_it_is_made_in_the_background()
    {
        _engine.Start(enabled: false, atOnce: false);
        Assert.Null(ContextTracker.Active);
        _engine.SetEnabled(true);
        Assert.True(_engine.Enabled);
        await Eventually.Until(() => _engine.Made is { Running: true });
    }

    [Fact]
    public async Task Stopped_before_it_was_made_it_stays_so()
    {
        _engine.Start(enabled: true, atOnce: false);
        _engine.Stop(TimeSpan.FromSeconds(2));
        Assert.Null(_engine.Engine);
        Assert.Null(ContextTracker.Active);
        await Eventually.Until(() => !NativeThreadNames().Contains("SelfProfiler st"));
    }

    private static IEnumerable<string> NativeThreadNames()
    {
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            string name;
            try
            {
                name = File.ReadAllText(task + "/comm").Trim();
            }
            catch (IOException)
            {
                continue; // it ended
            }

            yield return name;
        }
    }
}
