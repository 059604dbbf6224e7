using System.Globalization;

namespace SelfProfiler.Labels;

/// <summary>Which keys and values may become labels, and what they become. Calls foreign code (a value's text), so never from inside a handler of the runtime.</summary>
internal static class LabelRules
{
    /// <summary>Adds a label to the set that is being collected; a later one with the same key wins.</summary>
    /// <returns>How many labels there are now.</returns>
    public static int Add(Span<KeyValuePair<string, string>> labels, int count, string? key, string? value, LabelCounters counters)
    {
        if (string.IsNullOrEmpty(key) || value is null || LabelNames.IsReserved(key))
        {
            LabelCounters.Add(ref counters.LabelsRefused);
            return count;
        }

        key = Cut(key, LabelLimits.KeyLength, counters);
        int index = LabelSet.IndexOf(labels[..count], key);
        if (index < 0 && count == labels.Length)
        {
            LabelCounters.Add(ref counters.LabelsRefused);
            return count;
        }

        labels[index < 0 ? count++ : index] = new(key, Cut(value, LabelLimits.ValueLength, counters));
        return count;
    }

    /// <summary>The text of a tag's value; null for anything but strings, numbers, booleans, enumerations and the like.</summary>
    public static string? Text(object? value) => value switch
    {
        null => null,
        string text => text,
        bool truth => truth ? "true" : "false",
        IFormattable number when number.GetType().IsPrimitive || number is Enum or Guid or decimal =>
            number.ToString(null, CultureInfo.InvariantCulture),
        char letter => letter.ToString(),
        _ => null,
    };

    private static string Cut(string text, int longest, LabelCounters counters)
    {
        if (text.Length <= longest)
        {
            return text;
        }

        LabelCounters.Add(ref counters.LabelsCut);
        return text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];
    }
}
