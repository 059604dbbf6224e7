using System.Globalization;
using SelfProfiler.Labels;

namespace SelfProfiler;

/// <summary>Labels for what no activity knows: everything that runs inside, on whichever thread, carries them.</summary>
/// <example><code>using (ProfilingLabels.Begin("tenant", id)) { … }</code></example>
public static class ProfilingLabels
{
    /// <summary>Lays a label over those in force, until the result is disposed.</summary>
    /// <param name="key">Name of the label, at most 64 characters; the profiler's own names are refused.</param>
    /// <param name="value">Its value, cut at 128 characters. Few distinct values: sets of labels are bounded.</param>
    /// <returns>Dispose it in the same method; that restores the labels of before.</returns>
    public static ProfilingLabelScope Begin(string key, string? value) => Begin([new KeyValuePair<string, string?>(key, value)]);

    /// <inheritdoc cref="Begin(string, string?)"/>
    public static ProfilingLabelScope Begin(string key, IFormattable? value) =>
        ContextTracker.Active is null ? default : Begin(key, value?.ToString(null, CultureInfo.InvariantCulture));

    /// <summary>Lays several labels over those in force, until the result is disposed.</summary>
    /// <param name="labels">Names and values, as for one.</param>
    /// <returns>Dispose it in the same method; that restores the labels of before.</returns>
    public static ProfilingLabelScope Begin(params ReadOnlySpan<KeyValuePair<string, string?>> labels)
    {
        if (ContextTracker.Active is not { } tracker)
        {
            return default;
        }

        try
        {
            long timed = LabelMeter.Begin();
            var buffer = default(LabelBuffer);
            Span<KeyValuePair<string, string>> clean = buffer;
            int count = 0;
            foreach (ref readonly var label in labels)
            {
                count = LabelRules.Add(clean, count, label.Key, label.Value, tracker.Counters);
            }

            var before = tracker.BeginLabels(clean[..count]);
            tracker.Meter.End(timed);
            return new ProfilingLabelScope(tracker, before);
        }
        catch (Exception)
        {
            LabelCounters.Add(ref tracker.Counters.HandlerFailures); // labels never cost the application an operation
            return default;
        }
    }
}

/// <summary>Ends what <see cref="ProfilingLabels.Begin(string, string?)"/> began.</summary>
public readonly struct ProfilingLabelScope : IDisposable
{
    private readonly ContextTracker? _tracker;
    private readonly LabelContext? _before;
    private readonly LabelContext? _begun;

    internal ProfilingLabelScope(ContextTracker tracker, LabelContext? before)
    {
        _tracker = tracker;
        _before = before;
        _begun = tracker.Current;
    }

    /// <summary>Restores the labels that were in force before. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_tracker is null || !ReferenceEquals(_tracker, ContextTracker.Active) || ReferenceEquals(_before, _begun))
        {
            return;
        }

        try
        {
            long timed = LabelMeter.Begin();
            _tracker.EndLabels(_before, _begun);
            _tracker.Meter.End(timed);
        }
        catch (Exception)
        {
            LabelCounters.Add(ref _tracker.Counters.HandlerFailures);
        }
    }
}
