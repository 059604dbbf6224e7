using System.Collections.Concurrent;
using System.Diagnostics;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

/// <summary>Only one tracker is active in a process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneTracker
{
    public const string Name = "One tracker";
}

/// <summary>What a workload knows about itself at a moment: compared later with what the timeline says.</summary>
internal readonly record struct Note(int Thread, long Time, ulong Trace, ulong Span, string Labels, bool AfterRequest = false);

/// <summary>An active tracker, its pump, and the notes of the workloads under it.</summary>
internal sealed class TrackedFlows : IDisposable
{
    /// <summary>A pump that is later may lose label changes, so says <see cref="LabelLimits.VisitsAhead"/>.</summary>
    private const long LatestNs = LabelLimits.VisitsAhead * LabelLimits.VisitNs;

    private readonly ConcurrentQueue<Note> _notes = new();
    private readonly List<(long From, long Until)> _late = [];
    private readonly ManualResetEventSlim _stop = new();
    private readonly ExecutionContext? _before = ExecutionContext.Capture();
    private Thread? _pump;
    private long _visited;

    public TrackedFlows(LabelOptions? options = null)
    {
        Tracker = new ContextTracker(options ?? new LabelOptions());
        Tracker.Start();
    }

    public ContextTracker Tracker { get; }

    /// <summary>Notes that were compared.</summary>
    public int Compared { get; private set; }

    /// <summary>Notes of labelled work for which the timeline knew nothing.</summary>
    public int Unlabelled { get; private set; }

    /// <summary>Further ones, for which it need not: they are from a time in which the machine kept the pump from coming.</summary>
    public int Excused { get; private set; }

    /// <summary>Before this time nothing counts as unlabelled: a burst right at the start finds small rings.</summary>
    public long CountFrom { get; init; }

    /// <summary>Notes for which it said something else.</summary>
    public List<string> Wrong { get; } = [];

    /// <summary>Notes what is true here and now.</summary>
    public void Note(Activity? expected, string labels = "", bool afterRequest = false) => _notes.Enqueue(new Note(
        OsThread.CurrentId(),
        Clock.Now,
        expected is null || afterRequest ? 0 : ActivityIds.Trace(expected).Low,
        expected is null || afterRequest ? 0 : ActivityIds.Span(expected),
        labels,
        afterRequest));

    /// <summary>Compares on the calling thread, which plays the pump.</summary>
    public void Check(long until = long.MaxValue)
    {
        Assert.Null(_pump);
        Compare(until);
    }

    /// <summary>Drains as often as the profiler's and compares notes once they are old enough to be samples.</summary>
    public void StartPump()
    {
        _visited = Clock.Now;
        _pump = new Thread(() =>
        {
            // Not more often: room is provided for a number of visits.
            while (!_stop.Wait((int)(LabelLimits.VisitNs / 1_000_000)))
            {
                long old = Clock.Now - 100_000_000;
                Compare(old);
                Tracker.Timeline.Advance(old); // as the profiler's does: what nobody books fills the histories, and they forget
            }

            Compare(long.MaxValue);
        });
        _pump.UnsafeStart();
    }

    public void StopPump()
    {
        _stop.Set();
        _pump?.Join();
        _pump = null;
    }

    public void AssertTrue(double leastLabelled = 1)
    {
        StopPump();
        Check();
        Assert.True(Wrong.Count == 0, $"{Wrong.Count} of {Compared} wrong: {string.Join("; ", Wrong.Take(5))}");
        Assert.True(Unlabelled <= (1 - leastLabelled) * (Compared - Excused), $"{Unlabelled} of {Compared} unlabelled, {Excused} excused, dropped {Tracker.Counters.ChangesDropped}, without ring {Tracker.Counters.ChangesWithoutRing}, forgotten {Tracker.Counters.ChangesForgotten}, unknown {Tracker.Counters.SamplesUnknown}");
        Assert.Equal(0, Tracker.Counters.HandlerFailures);
    }

    /// <summary>What is current here, as a sample taken now would see it.</summary>
    public ResolvedLabels Here()
    {
        long now = Clock.Now;
        int thread = OsThread.CurrentId();
        return Tracker.Timeline.Resolve(thread, now);
    }

    public RequestInfo Request(RequestId id)
    {
        Assert.True(Tracker.Requests.TryGet(id, out var info));
        return info;
    }

    public string Labels(int set) => string.Join(",", Tracker.LabelSets.List(set).Select(pair => $"{pair.Key}={pair.Value}"));

    public void Dispose()
    {
        StopPump();
        Tracker.Stop();
        if (_before is not null)
        {
            ExecutionContext.Restore(_before); // the next test begins without what this one left in the flow
        }
    }

    private void Compare(long until)
    {
        Visit();
        while (_notes.TryPeek(out var note) && note.Time < until && _notes.TryDequeue(out note))
        {
            var seen = Tracker.Timeline.Resolve(note.Thread, note.Time);
            Compared++;
            var trace = Tracker.Requests.TryGet(seen.Label.Request, out var info) ? info.TraceIdLow : 0;
            var truth = (note.Trace, note.Span, note.Labels, note.AfterRequest);
            var said = (trace, seen.Label.SpanId, Labels(seen.Label.LabelSet), seen.AfterRequest);
            if (truth != said && !seen.IsNone)
            {
                Wrong.Add($"{said} instead of {truth}");
            }
            else if (truth != said && note.Time >= CountFrom)
            {
                bool excused = _late.Exists(late => note.Time >= late.From && note.Time < late.Until);
                Excused += excused ? 1 : 0;
                Unlabelled += excused ? 0 : 1;
            }
        }
    }

    private void Visit()
    {
        long now = Clock.Now;
        Tracker.Timeline.Drain(now);
        if (_visited != 0 && now - _visited > LatestNs)
        {
            _late.Add((_visited, now));
        }

        _visited = _visited != 0 ? now : 0;
    }
}
