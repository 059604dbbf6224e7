namespace SelfProfiler.Labels;

/// <summary>Held by a thread's own storage and by nobody else: when it is collected, the thread is gone.</summary>
internal sealed class ThreadSentinel(ThreadRing ring)
{
    public ThreadRing Ring { get; } = ring;

    ~ThreadSentinel() => Ring.Abandoned = true;
}
