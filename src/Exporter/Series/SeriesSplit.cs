namespace SelfProfiler.Exporter.Series;

/// <summary>A part of a profile whose samples share all labels but those of their request.</summary>
/// <param name="Labels">What they share, sorted by key.</param>
/// <param name="Data">The samples, with <c>trace_id</c> and <c>span_id</c> at most.</param>
internal sealed record ProfileSeries(KeyValuePair<string, string>[] Labels, ProfileData Data);

/// <summary>Splits a profile by its labels: a server that makes a series of each label set does it one by one, and may fail in between.</summary>
internal static class SeriesSplit
{
    /// <summary>One series at a time: each is made when it is asked for.</summary>
    public static IEnumerable<ProfileSeries> Split(ProfileData data, BoundedLabels bounds, bool rootSpans = false)
    {
        // For every label set: the series it belongs to, and what is left for its samples.
        var seriesOf = new int[data.LabelSets.Length];
        var restOf = new int[data.LabelSets.Length];
        var labels = new List<KeyValuePair<string, string>[]>();
        var rests = new List<KeyValuePair<string, string>[]> { Array.Empty<KeyValuePair<string, string>>() };
        var seriesByText = new Dictionary<string, int>(StringComparer.Ordinal);
        var restByText = new Dictionary<string, int>(StringComparer.Ordinal) { [""] = 0 };
        for (var set = 0; set < data.LabelSets.Length; set++)
        {
            var shared = new List<KeyValuePair<string, string>>();
            foreach (var label in data.LabelSets[set])
            {
                if (!BoundedLabels.IsIdentity(label.Key) && label.Value.Length > 0 && bounds.TryBound(label, out var bounded))
                {
                    shared.Add(bounded);
                }
            }

            seriesOf[set] = Intern(seriesByText, labels, shared);
            restOf[set] = Intern(restByText, rests, IdentityOf(data, set, rootSpans));
        }

        return Distribute(data, seriesOf, restOf, [.. labels], [.. rests]);
    }

    /// <summary>The trace and the span a set belongs to. With <paramref name="rootSpans"/> the span is the local root, where that is known.</summary>
    public static List<KeyValuePair<string, string>> IdentityOf(ProfileData data, int set, bool rootSpans)
    {
        var identity = new List<KeyValuePair<string, string>>(2);
        foreach (var label in data.LabelSets[set])
        {
            if (BoundedLabels.IsIdentity(label.Key))
            {
                var root = rootSpans && label.Key == "span_id" && set < data.RootSpans.Length ? data.RootSpans[set] : null;
                identity.Add(root is null ? label : KeyValuePair.Create(label.Key, root));
            }
        }

        return identity;
    }

    private static IEnumerable<ProfileSeries> Distribute(
        ProfileData data, int[] seriesOf, int[] restOf, KeyValuePair<string, string>[][] labels, KeyValuePair<string, string>[][] rests)
    {
        // A counting sort: where each series' samples begin, then the samples by series.
        var begins = new int[labels.Length + 1];
        foreach (ref readonly var sample in data.Samples.AsSpan())
        {
            begins[seriesOf[sample.LabelSet] + 1]++;
        }

        for (var i = 0; i < labels.Length; i++)
        {
            begins[i + 1] += begins[i];
        }

        var order = new int[data.Samples.Length];
        var next = begins.ToArray();
        for (var i = 0; i < order.Length; i++)
        {
            order[next[seriesOf[data.Samples[i].LabelSet]]++] = i;
        }

        var subset = new ProfileSubset(data);
        for (var i = 0; i < labels.Length; i++)
        {
            if (begins[i + 1] > begins[i])
            {
                var samples = new ProfileSample[begins[i + 1] - begins[i]];
                for (var row = 0; row < samples.Length; row++)
                {
                    var sample = data.Samples[order[begins[i] + row]];
                    samples[row] = sample with { LabelSet = restOf[sample.LabelSet] };
                }

                yield return new ProfileSeries(labels[i], subset.Of(samples, rests));
            }
        }
    }

    private static int Intern(
        Dictionary<string, int> byText, List<KeyValuePair<string, string>[]> sets, List<KeyValuePair<string, string>> set)
    {
        var text = string.Join('\n', set.Select(label => $"{label.Key}={label.Value}"));
        if (!byText.TryGetValue(text, out var index))
        {
            index = sets.Count;
            byText.Add(text, index);
            sets.Add([.. set]);
        }

        return index;
    }
}
