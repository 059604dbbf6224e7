using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>The stacks of time without a thread: the names of the active spans, then <c>[awaiting]</c>. Pump only.</summary>
internal sealed class AwaitingStacks(StackTrie trie, FrameTable frames, SpanChains? chains)
{
    private const string Leaf = "[awaiting]";

    private readonly Dictionary<int, int> _known = [];

    public int Of(int chain)
    {
        if (!_known.TryGetValue(chain, out int stack))
        {
            stack = StackTrie.Root;
            foreach (string name in chains?.Names(chain) ?? [])
            {
                stack = trie.Child(stack, frames.Intern(name.Length == 0 ? "[span]" : name));
            }

            _known[chain] = stack = trie.Child(stack, frames.Intern(Leaf));
        }

        return stack;
    }

    /// <summary>Nodes have been renumbered.</summary>
    public void Forget() => _known.Clear();
}
