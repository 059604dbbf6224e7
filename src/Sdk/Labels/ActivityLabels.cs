using System.Diagnostics;
using System.Runtime.CompilerServices;
using OpenTelemetry;

namespace SelfProfiler.Labels;

/// <summary>Extra labels that come from the application's tracing: configured tags of the current activity and those around it, and baggage.</summary>
internal sealed class ActivityLabels(LabelOptions options, LabelSetTable sets, LabelCounters counters)
{
    private readonly string[] _tags = [.. options.ActivityTags];
    private readonly string[] _baggage = [.. options.BaggageKeys];

    /// <summary>Nothing is configured: activities are not even looked at.</summary>
    public bool IsEmpty => _tags.Length == 0 && _baggage.Length == 0;

    /// <summary>The labels in force inside an activity; those set by hand win.</summary>
    public int SetOf(Activity? activity, int manualSet)
    {
        if (IsEmpty)
        {
            return manualSet;
        }

        var buffer = default(LabelBuffer);
        Span<KeyValuePair<string, string>> labels = buffer;
        int count = 0;
        foreach (string key in _baggage)
        {
            if ((activity?.GetBaggageItem(key) ?? Baggage.GetBaggage(key)) is { } value)
            {
                count = LabelRules.Add(labels, count, key, value, counters);
            }
        }

        foreach (string key in _tags)
        {
            if (Tag(activity, key) is { } value)
            {
                count = LabelRules.Add(labels, count, key, value, counters);
            }
        }

        return sets.With(sets.With(LabelSetTable.None, labels[..count]), sets.Pairs(manualSet));
    }

    // The nearest activity that has the tag.
    private static string? Tag(Activity? activity, string key)
    {
        for (int depth = 0; activity is not null && depth < LabelLimits.Depth; depth++, activity = activity.Parent)
        {
            if (LabelRules.Text(activity.GetTagItem(key)) is { } value)
            {
                return value;
            }
        }

        return null;
    }
}

[InlineArray(LabelLimits.LabelsPerSet)]
internal struct LabelBuffer
{
    private KeyValuePair<string, string> _first;
}
