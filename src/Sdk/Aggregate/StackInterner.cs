using SelfProfiler.Decode;

namespace SelfProfiler.Aggregate;

/// <summary>Turns the addresses of a sample into a stack of the trie; at its limit, new stacks become <c>[overflow]</c>. Pump only.</summary>
internal sealed class StackInterner(StackTrie trie, FrameTable frames, int maxNodes)
{
    /// <summary>Samples whose stack did not fit.</summary>
    public long Overflowed { get; private set; }

    /// <summary>Samples that arrived without any stack.</summary>
    public long Empty { get; private set; }

    public int Overflow => trie.Child(StackTrie.Root, frames.Intern("[overflow]"));

    public int Intern(in RawSample sample)
    {
        if (trie.Count >= maxNodes)
        {
            return InternKnown(sample);
        }

        var addresses = sample.Addresses;
        int node = StackTrie.Root;
        if (addresses.IsEmpty)
        {
            Empty++;
        }
        else if (sample.Truncated)
        {
            node = trie.Child(node, frames.Intern("[truncated]"));
        }

        int previous = 0;
        for (int i = addresses.Length - 1; i >= 0; i--)
        {
            // A return address may lie behind the last instruction of the method that called.
            int frame = frames.Intern(i == 0 ? addresses[i] : addresses[i] - 1);
            if (!IsSameActivation(previous, frame))
            {
                node = trie.Child(node, frame);
            }

            previous = frame;
        }

        return sample.TypeName.IsEmpty ? node : trie.Child(node, frames.Intern(sample.TypeName));
    }

    /// <summary>At the limit: stacks that are known already keep their name, nothing is added.</summary>
    private int InternKnown(in RawSample sample)
    {
        var addresses = sample.Addresses;
        int node = sample.Truncated && !addresses.IsEmpty ? trie.Find(StackTrie.Root, frames.Intern("[truncated]")) : StackTrie.Root;
        int previous = 0;
        for (int i = addresses.Length - 1; i >= 0 && node >= 0; i--)
        {
            int frame = frames.Find(i == 0 ? addresses[i] : addresses[i] - 1);
            if (!IsSameActivation(previous, frame))
            {
                node = trie.Find(node, frame);
            }

            previous = frame;
        }

        if (node >= 0 && !sample.TypeName.IsEmpty)
        {
            node = trie.Find(node, frames.Intern(sample.TypeName));
        }

        if (node >= 0)
        {
            return node;
        }

        Overflowed++;
        return Overflow;
    }

    /// <summary>On-stack replacement leaves two frames of one activation: the old body and the new one, which starts where the loop was.</summary>
    private bool IsSameActivation(int caller, int callee)
    {
        if (caller == 0 || frames.BodyOf(callee) is not { } inner || frames.BodyOf(caller) is not { } outer)
        {
            return false;
        }

        const uint OsrTier = 5; // OptimizedTier1OSR in the flags of the method load event
        return outer.MethodId == inner.MethodId && !ReferenceEquals(outer, inner) && ((inner.Flags >> 7) & 7) == OsrTier;
    }
}
