namespace SelfProfiler.Diagnostics.Fleet;

/// <summary>Lets a share of a fleet's instances profile at any time, in turn, without any of them knowing the others. No clock of its own.</summary>
/// <remarks>
/// Time is cut into slots. An instance has a place on a circle and moves on by the golden section with each slot; it profiles while it is
/// within the first <paramref name="coverage"/> of the circle. Over a fleet the places are even, so that the share holds in each slot;
/// over time each instance gets the same share, and its turns come at even distances.
/// </remarks>
/// <param name="coverage">Share of the instances, 0 to 1.</param>
/// <param name="instance">What tells this instance from the others: a host name, a pod.</param>
/// <param name="slot">How long a turn lasts.</param>
internal sealed class CoverageSlots(double coverage, string instance, TimeSpan slot)
{
    private const double GoldenSection = 0.618033988749894848;

    private readonly double _place = InstanceHash.PlaceOf(instance);

    public bool IsActive(DateTimeOffset utcNow)
    {
        // The slot's number is reduced first: a large factor would leave no digits behind the point.
        var number = utcNow.UtcTicks / slot.Ticks % 1_000_000;
        var place = _place + (number * GoldenSection);
        return place - Math.Floor(place) < coverage;
    }

    /// <summary>When the answer may change.</summary>
    public DateTimeOffset NextEdge(DateTimeOffset utcNow) =>
        new(((utcNow.UtcTicks / slot.Ticks) + 1) * slot.Ticks, TimeSpan.Zero);
}
