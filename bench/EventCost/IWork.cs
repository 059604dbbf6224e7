namespace SelfProfiler.EventCost;

/// <summary>Something that makes events on the calling thread.</summary>
internal interface IWork : IDisposable
{
    /// <summary>The events it makes.</summary>
    int[] EventIds { get; }

    void Run();
}
