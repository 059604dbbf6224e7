using Microsoft.Extensions.Logging;
using SelfProfiler.Aggregate;
using SelfProfiler.Diagnostics;
using SelfProfiler.Diagnostics.Fleet;
using SelfProfiler.Labels;

namespace SelfProfiler.Hosting;

/// <summary>More samples for a while, because somebody asked or a trigger fired; they carry the label <c>trigger</c>. Pump only, except where it says so.</summary>
internal sealed class Boosts
{
    /// <summary>Value of the label when a person or a program asked.</summary>
    public const string OnDemand = "on_demand";

    private const long Second = 1_000_000_000;

    private readonly EngineSettings _settings;
    private readonly Sources _sources;
    private readonly WindowSet _windows;
    private readonly RouteTable _routes;
    private readonly TriggerSet _triggers;
    private readonly Action<Notice> _notify;
    private readonly string[] _names;
    private long _lastLook;
    private TimeSpan _lastCpu;
    private TimeSpan _lastPause;

    // Written by the pump, read by the status.
    private long _until;
    private volatile string _current = "";
    private long _count;

    public Boosts(EngineSettings settings, Sources sources, Aggregator aggregator, RouteTable routes, Action<Notice> notify)
    {
        _settings = settings;
        _sources = sources;
        _windows = aggregator.Windows;
        _routes = routes;
        _notify = notify;
        _triggers = new TriggerSet(settings.Triggers);
        _names = ["", OnDemand, .. _triggers.Names];
        if (_triggers.WatchesRoutes)
        {
            aggregator.RequestEnded = OnRequestEnded;
        }
    }

    /// <summary>For the status; empty while none ever ran. Any thread.</summary>
    public string Sentence
    {
        get
        {
            long count = Volatile.Read(ref _count);
            return count == 0 ? ""
                : Clock.Now < Volatile.Read(ref _until) ? FormattableString.Invariant($"Boosted ({_current}) within a budget of {_settings.BoostBudget:P1}; {count} so far.")
                : FormattableString.Invariant($"{count} so far, the last one by {_current}; {_triggers.Suppressed} triggers kept quiet.");
        }
    }

    /// <summary>Text of a sample's trigger; null for none. Any thread.</summary>
    public string? NameOf(SampleFlags flags) => flags.Trigger() is > 0 and var number && number < _names.Length ? _names[number] : null;

    public void Begin(TimeSpan duration, string name, long now)
    {
        long until = Math.Max(Volatile.Read(ref _until), now + (long)duration.TotalNanoseconds);
        _current = name;
        Volatile.Write(ref _until, until);
        Volatile.Write(ref _count, _count + 1);
        _windows.Mark(SampleFlagsExtensions.OfTrigger(Array.IndexOf(_names, name)), now, until);
        _sources.Boost(_settings.BoostBudget, until, now);
    }

    public void OnTurn(long now)
    {
        if (_triggers.IsEmpty || now - _lastLook < Second)
        {
            return;
        }

        var cpu = Environment.CpuUsage.TotalTime;
        var pause = GC.GetTotalPauseDuration();
        double elapsed = now - _lastLook;
        bool first = _lastLook == 0;
        var input = new TriggerInput(
            now,
            (cpu - _lastCpu).TotalNanoseconds / elapsed / _sources.Governor.UsableCpus,
            (pause - _lastPause).TotalNanoseconds / elapsed,
            ThreadPool.PendingWorkItemCount);
        (_lastLook, _lastCpu, _lastPause) = (now, cpu, pause);
        if (first)
        {
            return; // nothing to compare with
        }

        if (_triggers.Observe(input) is { } rule)
        {
            Begin(_settings.BoostDuration, rule.Name, now);
            _notify(new Notice(
                LogLevel.Information,
                NoticeIds.Boosted,
                FormattableString.Invariant($"The trigger {rule.Name} fired: more samples for {_settings.BoostDuration.TotalSeconds:0} s, labelled trigger={rule.Name}; it keeps quiet for {rule.CoolDown} now.")));
        }
    }

    private void OnRequestEnded(in RequestState request) =>
        _triggers.AddRequest(_routes.Text(request.Route), request.End, request.End - request.Start);
}
