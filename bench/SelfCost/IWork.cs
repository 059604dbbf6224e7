namespace SelfProfiler.Bench.SelfCost;

/// <summary>What the threads of the measured process do: they keep every processor busy, and what is taken from the process is taken from them.</summary>
internal interface IWork
{
    int Threads { get; }

    /// <summary>One piece of work; all pieces are alike.</summary>
    /// <param name="thread">From 0.</param>
    void Once(int thread);
}
