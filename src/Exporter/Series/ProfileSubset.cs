namespace SelfProfiler.Exporter.Series;

/// <summary>Profiles of some of a profile's samples, each with as much of its tree as they use: the tree is large and the parts are many.</summary>
internal sealed class ProfileSubset(ProfileData data)
{
    // For each node of the whole tree its number in the part being made; 0 while it is not in it.
    private readonly int[] _numbers = new int[data.NodeParent.Length];
    private int[] _used = new int[1_024];

    /// <param name="samples">Of the whole profile; rewritten, and owned by what is returned.</param>
    /// <param name="labelSets">What the samples' label sets mean; null: as in the whole.</param>
    public ProfileData Of(ProfileSample[] samples, KeyValuePair<string, string>[][]? labelSets = null)
    {
        var used = Collect(samples);
        // In the order of the whole tree: there a parent comes before its children.
        used.Sort();
        var parents = new int[used.Length + 1];
        var frames = new int[used.Length + 1];
        for (var i = 0; i < used.Length; i++)
        {
            _numbers[used[i]] = i + 1;
            parents[i + 1] = _numbers[data.NodeParent[used[i]]];
            frames[i + 1] = data.NodeFrame[used[i]];
        }

        foreach (ref var sample in samples.AsSpan())
        {
            sample = sample with { LeafNode = _numbers[sample.LeafNode] };
        }

        foreach (var node in used)
        {
            _numbers[node] = 0;
        }

        return data.With(samples, labelSets, parents, frames);
    }

    private Span<int> Collect(ProfileSample[] samples)
    {
        var count = 0;
        foreach (ref readonly var sample in samples.AsSpan())
        {
            for (var node = sample.LeafNode; node != 0 && _numbers[node] == 0; node = data.NodeParent[node])
            {
                if (count == _used.Length)
                {
                    Array.Resize(ref _used, count * 2);
                }

                _used[count++] = node;
                _numbers[node] = -1;
            }
        }

        return _used.AsSpan(0, count);
    }
}
