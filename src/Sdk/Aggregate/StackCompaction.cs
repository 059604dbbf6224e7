namespace SelfProfiler.Aggregate;

/// <summary>Stacks nobody refers to any more make room; what is still open is renumbered. Pump only.</summary>
internal sealed class StackCompaction(StackTrie trie, FrameTable frames, WindowSet windows, CpuLedger cpu, WallLedger wall, HeldWaits waits, int most)
{
    /// <summary>Where nearly everything is in use little is won, and doing it again soon would only burn CPU.</summary>
    private const long RestNs = 60_000_000_000;

    /// <summary>So few are not worth it. More are, however much room there is: stacks of code that is gone keep its names.</summary>
    private const int Few = 8_192;

    private readonly int _few = Math.Min(Few, most / 2);
    private int _at = Math.Min(Few, most / 2);
    private long _notBefore;
    private long _notBeforeWithRoom;

    /// <returns>Whether nodes have other numbers now.</returns>
    public bool RunIfGrown(long now)
    {
        // At the very limit, too: nothing is added there any more, so it is not passed.
        if (trie.Count < _at || now < (trie.Count < most / 2 ? _notBeforeWithRoom : _notBefore))
        {
            return false;
        }

        bool[] live = new bool[trie.Count];
        windows.MarkLive(live, cumulative: true);
        if (trie.CountWithCallers(live) > most / 2)
        {
            windows.CloseCumulative(); // what counts since the start keeps its stacks for ever, and must leave room for the others
        }

        windows.MarkLive(live, cumulative: false);
        cpu.MarkLive(live);
        wall.MarkLive(live);
        waits.MarkLive(live);
        int[] moved = trie.Compact(live, frames);
        windows.Renumber(moved);
        cpu.Renumber(moved);
        wall.Renumber(moved);
        waits.Renumber(moved);
        _at = Math.Min(most, Math.Max(_few, trie.Count * 2));
        _notBefore = trie.Count > most / 8 * 7 ? now + RestNs : 0;
        _notBeforeWithRoom = now + RestNs;
        return true;
    }
}
