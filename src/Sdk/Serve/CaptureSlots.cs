namespace SelfProfiler.Serve;

/// <summary>Bounds how many run at a time. Nobody waits: what does not fit is refused and counted.</summary>
internal sealed class CaptureSlots(int limit)
{
    private int _running;
    private long _refused;

    public int Running => Volatile.Read(ref _running);

    public long Refused => Interlocked.Read(ref _refused);

    /// <exception cref="PprofRefusal">All are taken.</exception>
    public Slot Take()
    {
        if (Interlocked.Increment(ref _running) > limit)
        {
            Interlocked.Decrement(ref _running);
            Interlocked.Increment(ref _refused);
            throw new PprofRefusal(429, $"{limit} captures are running, which is the limit: wait for one to end, or raise ContinuousProfiling:MaxCaptures.");
        }

        return new Slot(this);
    }

    /// <summary>A taken place; disposed once.</summary>
    internal readonly struct Slot(CaptureSlots owner) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref owner._running);
    }
}
