using System.Diagnostics;

namespace SelfProfiler.Serve.Port;

/// <summary>A moment until which something may take.</summary>
internal readonly struct Deadline
{
    private readonly long _start;
    private readonly TimeSpan _length;

    private Deadline(long start, TimeSpan length)
    {
        _start = start;
        _length = length;
    }

    public bool Passed => Remaining <= TimeSpan.Zero;

    public TimeSpan Remaining => _length - Stopwatch.GetElapsedTime(_start);

    /// <summary>How long ago it was set.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_start);

    public static Deadline After(TimeSpan length) => new(Stopwatch.GetTimestamp(), length);
}
