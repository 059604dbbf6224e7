using SelfProfiler.Diagnostics;

namespace SelfProfiler.Session;

/// <summary>A moment by which something has to be over; another thread may bring it forward.</summary>
internal sealed class Deadline
{
    private long _moment;

    public Deadline(TimeSpan from) => _moment = Clock.Now + (long)from.TotalNanoseconds;

    public long Moment => Volatile.Read(ref _moment);

    public TimeSpan Left => TimeSpan.FromMicroseconds(Math.Max(0, (Moment - Clock.Now) / 1_000));

    public bool HasPassed => Clock.Now >= Moment;

    public void Shorten(long moment)
    {
        if (moment < Moment)
        {
            Volatile.Write(ref _moment, moment);
        }
    }
}
