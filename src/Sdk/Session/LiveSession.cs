namespace SelfProfiler.Session;

/// <summary>A running session: passes the stream on to its reader, and notes for the supervisor whether it still flows.</summary>
internal sealed class LiveSession(ulong id, int descriptor, PumpSource reader, WakeEvent wake, long started) : PumpSource
{
    private readonly object _gate = new();

    // Written by the pump, read by the control thread.
    private long _bytes;
    private long _lastBytes = started;
    private int _closed = -1;

    public ulong Id { get; } = id;

    /// <summary>Who gets the bytes.</summary>
    public PumpSource Reader { get; } = reader;

    public long Started { get; } = started;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>When bytes last arrived, at first when it was started (monotonic ns).</summary>
    public long LastBytes => Volatile.Read(ref _lastBytes);

    public PumpClose? Closed => Volatile.Read(ref _closed) is var reason and >= 0 ? (PumpClose)reason : null;

    public override string? Broken => Reader.Broken;

    public override void OnBytes(ReadOnlySpan<byte> bytes)
    {
        Volatile.Write(ref _bytes, _bytes + bytes.Length);
        Volatile.Write(ref _lastBytes, Diagnostics.Clock.Now);
        Reader.OnBytes(bytes);
    }

    public override void OnClosed(PumpClose reason)
    {
        try
        {
            Reader.OnClosed(reason);
        }
        finally
        {
            lock (_gate)
            {
                Volatile.Write(ref _closed, (int)reason);
            }

            wake.Set();
        }
    }

    /// <summary>Ends the stream from our side: the runtime's next write to it fails at once instead of waiting for a reader. Any thread.</summary>
    public void ShutDown()
    {
        // The pump closes the descriptor after OnClosed only: under the lock it is still ours.
        lock (_gate)
        {
            if (_closed < 0)
            {
                Posix.Shutdown(descriptor);
            }
        }
    }
}
