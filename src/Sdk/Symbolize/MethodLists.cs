namespace SelfProfiler.Symbolize;

/// <summary>Whether all methods that were ever called are known: the runtime has listed them, and we have listened since. Pump only.</summary>
internal sealed class MethodLists(Action learnt)
{
    /// <summary>Lists read so far.</summary>
    public int Read { get; private set; }

    public bool Complete { get; private set; }

    public void Add()
    {
        (Read, Complete) = (Read + 1, true);
        learnt();
    }

    /// <summary>Nobody listened for a while.</summary>
    public void Missed() => Complete = false;
}
