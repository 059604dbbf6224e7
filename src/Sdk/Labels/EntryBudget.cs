namespace SelfProfiler.Labels;

/// <summary>How many entries may exist in all. Pump only.</summary>
internal sealed class EntryBudget(int most)
{
    public int Taken { get; private set; }

    /// <param name="entries">How many more.</param>
    /// <param name="returning">How many come back right after: they make room already.</param>
    public bool TryTake(int entries, int returning = 0)
    {
        if (Taken - returning + entries > most)
        {
            return false;
        }

        Taken += entries;
        return true;
    }

    public void Return(int entries) => Taken -= entries;
}
