namespace SelfProfiler.Diagnostics.Fleet;

/// <summary>Profiles for a while in each period, ten seconds of each minute for example; instances are spread over the period. No clock of its own.</summary>
/// <param name="on">How long.</param>
/// <param name="period">Out of how long; nothing is ever off when it is not longer.</param>
/// <param name="instance">What tells this instance from the others.</param>
internal sealed class DutyWindows(TimeSpan on, TimeSpan period, string instance)
{
    private readonly long _offset = (long)(InstanceHash.PlaceOf(instance) * period.Ticks);

    public bool IsActive(DateTimeOffset utcNow) => Into(utcNow) < on.Ticks;

    /// <summary>When the answer changes next.</summary>
    public DateTimeOffset NextEdge(DateTimeOffset utcNow)
    {
        var into = Into(utcNow);
        return utcNow.AddTicks((into < on.Ticks ? on.Ticks : period.Ticks) - into);
    }

    private long Into(DateTimeOffset utcNow) => (utcNow.UtcTicks + _offset) % period.Ticks;
}
