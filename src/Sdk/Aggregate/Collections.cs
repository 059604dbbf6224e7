using SelfProfiler.Decode;

namespace SelfProfiler.Aggregate;

/// <summary>When which thread collected garbage: between stopping all others and letting them go, whatever it does is the collection. Pump only.</summary>
/// <remarks>The library does not tell: the collector is part of the runtime's own, or of the program itself.</remarks>
internal sealed class Collections
{
    /// <summary>A power of two: collections of some seconds, at hundreds a second.</summary>
    private const int Remembered = 2048;

    private readonly Span[] _spans = new Span[Remembered];
    private long _count;
    private Span _open;

    public void Begin(SuspendBegin begin) => _open = begin.IsGc ? new Span(begin.Thread, begin.Timestamp, long.MaxValue) : default;

    public void End(SuspendEnd end)
    {
        if (_open.Thread != 0)
        {
            _spans[_count++ & (Remembered - 1)] = _open with { End = end.Timestamp };
        }

        _open = default;
    }

    /// <summary>The thread was collecting at that time; one whose end has not been told yet counts.</summary>
    public bool Contains(int thread, long time)
    {
        if (_open.Thread == thread && time >= _open.Start)
        {
            return true;
        }

        // Spans follow one another: the last that began before.
        long low = Math.Max(0, _count - Remembered);
        long high = _count;
        while (low < high)
        {
            long middle = (low + high) >>> 1;
            (low, high) = _spans[middle & (Remembered - 1)].Start <= time ? (middle + 1, high) : (low, middle);
        }

        return low > Math.Max(0, _count - Remembered) && _spans[(low - 1) & (Remembered - 1)] is var span && span.Thread == thread && time <= span.End;
    }

    private readonly record struct Span(long Thread, long Start, long End);
}
