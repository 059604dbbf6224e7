namespace SelfProfiler.Labels;

/// <summary>The pages of all histories: how many entries may exist, and full pages that wait to be used again. Pump only.</summary>
internal sealed class HistoryPages(EntryBudget budget)
{
    /// <summary>16 KB: half of a page is unused at either end of each thread's history.</summary>
    public const int PageEntries = 512;

    private const int MostSpare = 8;

    private readonly Stack<RingEntry[]> _spare = new(MostSpare);

    /// <summary>Null when there are too many already.</summary>
    public RingEntry[]? TryTake(int entries) =>
        !budget.TryTake(entries) ? null
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
}
