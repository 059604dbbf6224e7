using System.Globalization;

namespace SelfProfiler.Diagnostics.Fleet;

/// <summary>Whether it is this instance's turn to profile: its slot of the fleet's coverage and its duty window, both. No clock of its own.</summary>
internal sealed class Participation
{
    private readonly CoverageSlots? _slots;
    private readonly DutyWindows? _duty;

    public Participation(double coverage, TimeSpan slot, DutyOptions duty, string instance)
    {
        _slots = coverage < 1 ? new CoverageSlots(coverage, instance, slot) : null;
        _duty = duty.On > TimeSpan.Zero && duty.On < duty.Period ? new DutyWindows(duty.On, duty.Period, instance) : null;
    }

    /// <summary>Neither is configured: it is always this instance's turn.</summary>
    public bool IsAlways => _slots is null && _duty is null;

    public bool IsActive(DateTimeOffset utcNow) => (_slots?.IsActive(utcNow) ?? true) && (_duty?.IsActive(utcNow) ?? true);

    /// <summary>For the status.</summary>
    public string Sentence(DateTimeOffset utcNow)
    {
        if (_slots?.IsActive(utcNow) == false)
        {
            return "Other instances profile now (Coverage); this one looks again at " + At(_slots.NextEdge(utcNow));
        }

        var edge = _duty?.NextEdge(utcNow);
        return _duty?.IsActive(utcNow) == false
            ? "Between two duty windows; the next one begins at " + At(edge!.Value)
            : "This instance profiles now, until " + At(_slots is not null && (edge is null || _slots.NextEdge(utcNow) < edge) ? _slots.NextEdge(utcNow) : edge ?? utcNow) + " at least";
    }

    private static string At(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
