namespace SelfProfiler.Labels;

/// <summary>A piece of a thread's ring: filled once from front to back by the thread, emptied by the pump, then used again.</summary>
internal sealed class RingSegment(int capacity)
{
    public readonly RingEntry[] Entries = new RingEntry[capacity];

    /// <summary>Entries to be filled. The pump lowers it to 0 to send the thread on early.</summary>
    public int Limit = capacity;

    /// <summary>Entries filled. Only the thread writes it while the segment is its own.</summary>
    public int Count;

    /// <summary>Entries the pump has taken, or is about to. Only the pump writes it.</summary>
    public int Taken;

    /// <summary>Linked once, by the pump or by the thread itself.</summary>
    public RingSegment? Next;

    public int Capacity => Entries.Length;

    /// <summary>Pump only, and only when no thread knows the segment.</summary>
    public RingSegment Renew()
    {
        Limit = Entries.Length;
        Count = 0;
        Taken = 0;
        Next = null;
        return this;
    }
}
