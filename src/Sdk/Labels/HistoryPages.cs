namespace SelfProfiler.Labels;

/// <summary>The pages of all histories: how many entries may exist, and full pages that wait to be used again. Pump only.</summary>
internal sealed class HistoryPages(EntryBudget budget)
{
    /// <summary>16 KB: half of a page is unused at either end of each thread's history.</summary>
    public const int PageEntries = 512;

    private const int MostSpare = 8;

    private readonly Stack<RingEntry[]> _spare = new(MostSpare);
    private readonly HashSet<ThreadHistory> _holders = [];

    /// <summary>Null when there are too many already.</summary>
    /// <param name="entries">The length.</param>
    /// <param name="returning">Entries of pages that the caller gives back for it.</param>
    public RingEntry[]? TryTake(int entries, int returning = 0) =>
        !budget.TryTake(entries, returning) ? null
        : entries == PageEntries && _spare.TryPop(out var page) ? page
        : new RingEntry[entries];

    public void Return(RingEntry[] page)
    {
        budget.Return(page.Length);
        if (page.Length == PageEntries && _spare.Count < MostSpare)
        {
            _spare.Push(page);
        }
    }

    /// <summary>A history has pages from now on.</summary>
    public void Join(ThreadHistory history) => _holders.Add(history);

    public void Leave(ThreadHistory history) => _holders.Remove(history);

    /// <summary>Takes what is oldest of all from whoever has it: what a thread did a moment ago may still be asked for, what others did a second ago hardly.</summary>
    /// <returns>False when nobody has more than the least.</returns>
    public bool MakeRoom()
    {
        ThreadHistory? oldest = null;
        long least = long.MaxValue;
        foreach (var holder in _holders)
        {
            if (holder.KnownAfterGivingWay is var known && known < least)
            {
                (oldest, least) = (holder, known);
            }
        }

        oldest?.GiveWay();
        return oldest is not null;
    }
}
