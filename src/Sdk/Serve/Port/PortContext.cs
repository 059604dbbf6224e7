namespace SelfProfiler.Serve.Port;

/// <summary>What all connections of a port share.</summary>
internal sealed class PortContext
{
    public PortContext(PprofHandler handler, PortLimits limits, Action<int, bool>? threadRunning)
    {
        Handler = handler;
        Limits = limits;
        Threads = new PortThreads(Counters, threadRunning);
        Watch = new ClientWatch(Threads, limits, Counters);
        Workers = new PortWorkers(this);
    }

    public PprofHandler Handler { get; }

    public PortLimits Limits { get; }

    public PortCounters Counters { get; } = new();

    public PortThreads Threads { get; }

    public ClientWatch Watch { get; }

    public PortWorkers Workers { get; }
}
