namespace SelfProfiler.Labels;

/// <summary>Route templates as numbers. Bounded; reading takes no lock, and neither does adding.</summary>
internal sealed class RouteTable(LabelCounters counters, int max = LabelLimits.Routes)
{
    /// <summary>What routes beyond the limit become.</summary>
    public const int Overflow = 1;

    public const string OverflowText = "[overflow]";

    private const int First = 2;

    private readonly int _mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)max * 2) - 1;

    // Any thread: slots are filled once and never change, so a route's number is its slot.
    private string?[]? _slots;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The number of a route; 0 for none.</summary>
    public int Intern(string? route)
    {
        if (string.IsNullOrEmpty(route))
        {
            return 0;
        }

        var slots = Volatile.Read(ref _slots) ?? Create();
        for (int slot = route.GetHashCode() & _mask; ; slot = (slot + 1) & _mask)
        {
            var there = Volatile.Read(ref slots[slot]) ?? Add(ref slots[slot], route);
            if (there is null)
            {
                LabelCounters.Add(ref counters.RoutesOverflowed);
                return Overflow;
            }

            if (string.Equals(there, route, StringComparison.Ordinal))
            {
                return slot + First;
            }
        }
    }

    /// <summary>The route with this number; null for none.</summary>
    public string? Text(int route)
    {
        int slot = route - First;
        var slots = Volatile.Read(ref _slots);
        return route == Overflow ? OverflowText : slots is not null && (uint)slot < (uint)slots.Length ? Volatile.Read(ref slots[slot]) : null;
    }

    private string? Add(ref string? slot, string route)
    {
        if (Interlocked.Increment(ref _count) > max)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        var there = Interlocked.CompareExchange(ref slot, route, null);
        if (there is null)
        {
            return route;
        }

        Interlocked.Decrement(ref _count);
        return there;
    }

    private string?[] Create()
    {
        var slots = new string?[_mask + 1];
        return Interlocked.CompareExchange(ref _slots, slots, null) ?? slots;
    }
}
