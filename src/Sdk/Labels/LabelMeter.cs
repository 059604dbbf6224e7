using SelfProfiler.Diagnostics;

namespace SelfProfiler.Labels;

/// <summary>Times a few of our calls on application threads, so that what labels cost is known for this processor, and with the caches as the application leaves them.</summary>
internal sealed class LabelMeter
{
    /// <summary>Of so many calls one is timed. A prime: what a request does four times would else be timed at the same call always.</summary>
    public const int Every = 61;

    /// <summary>No call takes as long: the thread was interrupted meanwhile, and others had the processor.</summary>
    private const long LongestNs = 20_000;

    [ThreadStatic]
    private static int _left;

    private long _ns;

    /// <summary>What all calls took so far. Any thread.</summary>
    public long Ns => Volatile.Read(ref _ns);

    /// <summary>A call begins.</summary>
    /// <returns>For <see cref="End"/>; 0: it is not timed.</returns>
    public static long Begin() => --_left > 0 ? 0 : Restart();

    public void End(long begun)
    {
        if (begun != 0)
        {
            Add(Clock.Now - begun);
        }
    }

    internal void Add(long ns)
    {
        if (ns is > 0 and < LongestNs)
        {
            Interlocked.Add(ref _ns, ns * Every);
        }
    }

    private static long Restart()
    {
        long now = Clock.Now;

        // The first call of a thread is a dear one: threads that come and go would else be timed by those alone.
        bool first = _left < 0;
        _left = first ? 1 + (int)((ulong)now % Every) : Every;
        return first && _left > 1 ? 0 : now;
    }
}
