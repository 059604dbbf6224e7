namespace SelfProfiler.TestKit.Workloads;

/// <summary>Threads that do nothing but exist: what makes every tick of the runtime's sampler dearer.</summary>
public sealed class BlockedThreads : IDisposable
{
    private readonly ManualResetEventSlim _stop = new();
    private readonly List<Thread> _threads;

    public BlockedThreads(int count)
    {
        _threads = [.. Enumerable.Range(0, count).Select(i => new Thread(_stop.Wait, 256 * 1024) { Name = $"blocked {i}", IsBackground = true })];
        _threads.ForEach(thread => thread.Start());
    }

    public void Dispose()
    {
        _stop.Set();
        _threads.ForEach(thread => thread.Join());
        _stop.Dispose();
    }
}
