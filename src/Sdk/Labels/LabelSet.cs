namespace SelfProfiler.Labels;

/// <summary>A set of extra labels: unique keys in ordinal order. Immutable.</summary>
internal sealed class LabelSet(KeyValuePair<string, string>[] pairs, int hash)
{
    public static readonly LabelSet Empty = new([], 0);

    public KeyValuePair<string, string>[] Pairs { get; } = pairs;

    /// <summary>The sum of the pairs' hashes: it does not depend on their order, and changes with a pair without being made anew.</summary>
    public int Hash { get; } = hash;

    public static int HashOf(in KeyValuePair<string, string> pair) => (pair.Key.GetHashCode() * 31) ^ pair.Value.GetHashCode();

    /// <summary>Is this <paramref name="below"/> with <paramref name="above"/> laid over it? Keys of <paramref name="above"/> are unique.</summary>
    public bool Is(LabelSet below, ReadOnlySpan<KeyValuePair<string, string>> above)
    {
        int count = above.Length;
        foreach (ref readonly var pair in above)
        {
            if (!Has(pair))
            {
                return false;
            }
        }

        foreach (ref readonly var pair in below.Pairs.AsSpan())
        {
            if (IndexOf(above, pair.Key) < 0)
            {
                count++;
                if (!Has(pair))
                {
                    return false;
                }
            }
        }

        return count == Pairs.Length;
    }

    public static LabelSet Of(LabelSet below, ReadOnlySpan<KeyValuePair<string, string>> above, int hash)
    {
        var pairs = new List<KeyValuePair<string, string>>(below.Pairs.Length + above.Length);
        foreach (var pair in below.Pairs)
        {
            if (IndexOf(above, pair.Key) < 0)
            {
                pairs.Add(pair);
            }
        }

        pairs.AddRange(above);
        pairs.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        return new LabelSet([.. pairs], hash);
    }

    public static int IndexOf(ReadOnlySpan<KeyValuePair<string, string>> pairs, string key)
    {
        for (int i = 0; i < pairs.Length; i++)
        {
            if (string.Equals(pairs[i].Key, key, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    private bool Has(in KeyValuePair<string, string> wanted)
    {
        int index = IndexOf(Pairs, wanted.Key);
        return index >= 0 && string.Equals(Pairs[index].Value, wanted.Value, StringComparison.Ordinal);
    }
}
