using SelfProfiler.Diagnostics;

namespace SelfProfiler.Session;

/// <summary>A descriptor that ends another thread's <c>poll</c>.</summary>
/// <remarks>Waiting through <c>poll</c> instead of a managed handle keeps our own waits out of the runtime's wait events.</remarks>
internal sealed class WakeEvent : IDisposable
{
    private readonly object _gate = new();
    private int _descriptor = Posix.OpenEvent(); // guarded by _gate for writing; the waiting thread reads it

    /// <summary>-1 when none could be made, or after disposal.</summary>
    public int Descriptor => Volatile.Read(ref _descriptor);

    public void Set()
    {
        // The lock keeps a late Set from writing into a descriptor that was closed and given to somebody else.
        lock (_gate)
        {
            if (_descriptor >= 0)
            {
                Posix.SignalEvent(_descriptor);
            }
        }
    }

    public void Reset() => Posix.ResetEvent(Descriptor);

    /// <summary>Waits until it is set or the moment (monotonic ns) has come.</summary>
    public void WaitUntil(long moment)
    {
        long left = moment - Clock.Now;
        if (left <= 0)
        {
            return;
        }

        // Rounded up: a wait that ends a fraction early would only be repeated.
        // Without a descriptor (none were left) nobody can wake us: look often.
        long longest = Descriptor < 0 ? 500 : 60_000;
        int milliseconds = (int)Math.Min(longest, (left + 999_999) / 1_000_000);
        if (Posix.WaitReadable(Descriptor, milliseconds))
        {
            Reset();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_descriptor >= 0)
            {
                _ = Posix.Close(_descriptor);
                _descriptor = -1;
            }
        }
    }
}
