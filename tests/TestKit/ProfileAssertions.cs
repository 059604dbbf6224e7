using System.Text;

namespace SelfProfiler.TestKit;

/// <summary>Questions that tests ask of a profile.</summary>
public static class ProfileAssertions
{
    /// <summary>Share of the last value (time, bytes; the count where there is nothing else) of samples with the method anywhere in their stack.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="method">Type and method, a trailing part of it, without parameters: <c>BusySplit.Alpha</c>.</param>
    /// <param name="leafOnly">Only samples whose innermost frame it is.</param>
    public static double ShareOf(this Profile profile, string method, bool leafOnly = false)
    {
        long all = 0, hit = 0;
        foreach (var sample in profile.Data.Samples)
        {
            var value = LastValue(profile, sample);
            all += value;
            hit += Contains(profile.Data, sample.LeafNode, method, leafOnly) ? value : 0;
        }

        return all == 0 ? 0 : (double)hit / all;
    }

    /// <summary>Sum of the last value of the samples that carry the label; without a value, whatever its value.</summary>
    public static long SumWhere(this Profile profile, string label, string? value = null)
    {
        long sum = 0;
        foreach (var sample in profile.Data.Samples)
        {
            sum += profile.Data.LabelSets[sample.LabelSet].Any(pair => pair.Key == label && (value is null || pair.Value == value))
                ? LastValue(profile, sample)
                : 0;
        }

        return sum;
    }

    /// <summary>Sum of the last value over all samples.</summary>
    public static long Total(this Profile profile) => profile.Sum(profile.SampleTypes.Count - 1);

    /// <summary>Number of observations with the method anywhere in their stack.</summary>
    public static long CountOf(this Profile profile, string method) =>
        profile.Data.Samples.Sum(sample => Contains(profile.Data, sample.LeafNode, method, leafOnly: false) ? sample.Count : 0);

    /// <summary>One line for each stack, root first, labels left out: what a person compares when a test fails.</summary>
    public static string ToFoldedText(this Profile profile)
    {
        var lines = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var sample in profile.Data.Samples)
        {
            var stack = string.Join(';', Stack(profile.Data, sample.LeafNode).Reverse());
            lines[stack] = lines.GetValueOrDefault(stack) + LastValue(profile, sample);
        }

        var text = new StringBuilder();
        foreach (var (stack, value) in lines)
        {
            text.Append(stack).Append(' ').Append(value).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Names of the frames of a stack, leaf first.</summary>
    internal static IEnumerable<string> Stack(ProfileData data, int leaf)
    {
        for (var node = leaf; node != 0; node = data.NodeParent[node])
        {
            yield return data.Frames[data.NodeFrame[node]].Function;
        }
    }

    private static long LastValue(Profile profile, ProfileSample sample) =>
        profile.SampleTypes.Count == 1 ? sample.Count : sample.Value;

    private static bool Contains(ProfileData data, int leaf, string method, bool leafOnly) =>
        (leafOnly ? Stack(data, leaf).Take(1) : Stack(data, leaf)).Any(function => Names(function, method));

    private static bool Names(string function, string method)
    {
        var name = function.AsSpan();
        var end = name.IndexOf('(');
        name = end > 0 ? name[..end] : name;
        return name.EndsWith(method) && (name.Length == method.Length || name[^(method.Length + 1)] == '.');
    }
}
