using SelfProfiler.Aggregate;

namespace SelfProfiler.Labels;

/// <summary>The labels of the process, switched on and off with the profiler; what was learnt stays while it is off.</summary>
internal sealed class LabelEngine(LabelOptions options)
{
    private readonly ContextTracker _tracker = new(options);

    public ContextTracker Tracker => _tracker;

    public LabelTimeline Timeline => _tracker.Timeline;

    public RequestTable Requests => _tracker.Requests;

    /// <summary>Why there are no labels although they were asked for; null when there is nothing to say.</summary>
    public string? Failure { get; private set; }

    public LabelTexts Texts => new(
        id => _tracker.Requests.TryGet(id, out var info) ? info : null,
        _tracker.Routes.Text,
        _tracker.LabelSets.List)
    {
        Trigger = TriggerNames,
        Cut = rows => Interlocked.Add(ref _tracker.Counters.AnswerRowsCut, rows),
    };

    /// <summary>Names of the triggers behind samples' flags.</summary>
    public Func<SampleFlags, string?> TriggerNames { get; set; } = static _ => null;

    /// <summary>Does nothing when they are on.</summary>
    public void Start()
    {
        if (!options.Enabled || ReferenceEquals(ContextTracker.Active, _tracker))
        {
            return;
        }

        try
        {
            _tracker.Start();
            Failure = null;
        }
        catch (InvalidOperationException exception)
        {
            Failure = exception.Message; // another copy of this library is loaded and has them
        }
    }

    public void Stop() => _tracker.Stop();

    public IEnumerable<KeyValuePair<string, long>> Losses()
    {
        var counters = _tracker.Counters;
        yield return new("label changes dropped", counters.ChangesDropped + counters.ChangesWithoutRing);
        yield return new("label changes forgotten before they were booked", counters.ChangesForgotten);
        yield return new("samples without known label", counters.SamplesUnknown);
        yield return new("samples of forgotten requests", counters.SamplesOfEvicted);
        yield return new("requests forgotten while they ran", counters.RequestsEvictedRunning + counters.RequestsRefused);
        yield return new("routes and label sets beyond their limit", counters.RoutesOverflowed + counters.LabelSetsOverflowed);
        yield return new("span names beyond their limit", _tracker.Chains.Refused);
        yield return new("rows of answers without trace and span, too many in one answer", counters.AnswerRowsCut);
        yield return new("labels refused or cut", counters.LabelsRefused + counters.LabelsCut);
        yield return new("errors contained in label handlers", counters.HandlerFailures);
    }
}
