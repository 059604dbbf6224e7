namespace SelfProfiler.Labels;

/// <summary>How many entries may exist in all. Pump only.</summary>
internal sealed class EntryBudget(int most)
{
    public int Taken { get; private set; }

    public bool TryTake(int entries)
    {
        if (Taken + entries > most)
        {
            return false;
        }

        Taken += entries;
        return true;
    }

    public void Return(int entries) => Taken -= entries;
}
