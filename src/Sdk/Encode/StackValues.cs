namespace SelfProfiler.Encode;

/// <summary>The values of each stack with all labels put together, for formats that know no labels.</summary>
internal static class StackValues
{
    /// <summary>One value per node, the sum of the samples whose leaf it is; without a base.</summary>
    public static long[] Of(ProfileData data, int sampleType) => Of(data, sampleType, 0, data.FirstBaseSample ?? data.Samples.Length);

    /// <summary>The same of the base of a difference, as positive values; null when there is none.</summary>
    public static long[]? OfBase(ProfileData data, int sampleType) =>
        data.FirstBaseSample is { } first ? Array.ConvertAll(Of(data, sampleType, first, data.Samples.Length), value => -value) : null;

    private static long[] Of(ProfileData data, int sampleType, int from, int to)
    {
        var values = new long[Math.Max(1, data.NodeParent.Length)];
        foreach (ref readonly var sample in data.Samples.AsSpan(from, to - from))
        {
            if (ProfileTables.Keeps(data, sample))
            {
                values[sample.LeafNode] += sampleType == 0 ? sample.Count : sample.Value;
            }
        }

        return values;
    }

    /// <summary>Fills <paramref name="nodes"/> with the nodes of a stack, root first.</summary>
    public static void Walk(ProfileData data, int leaf, List<int> nodes)
    {
        nodes.Clear();
        for (var node = leaf; node != 0; node = data.NodeParent[node])
        {
            nodes.Add(node);
        }

        nodes.Reverse();
    }
}
