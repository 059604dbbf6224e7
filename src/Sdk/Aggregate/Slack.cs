namespace SelfProfiler.Aggregate;

/// <summary>Gives back, half at a time, the room that a burst needed. Pump only.</summary>
internal static class Slack
{
    /// <summary>Room that is not worth giving back.</summary>
    private const int Kept = 1_024;

    /// <param name="list">What grew.</param>
    /// <param name="used">How much of it was needed in the period that ends.</param>
    public static void Trim<T>(List<T> list, int used)
    {
        if (list.Capacity > Kept && used < list.Capacity / 8)
        {
            list.Capacity = Math.Max(list.Capacity / 2, list.Count);
        }
    }

    /// <inheritdoc cref="Trim{T}(List{T}, int)"/>
    public static void Trim<TKey, TValue>(Dictionary<TKey, TValue> table, int used)
        where TKey : notnull
    {
        if (table.Capacity > Kept && used < table.Capacity / 8)
        {
            table.TrimExcess(Math.Max(table.Capacity / 2, table.Count));
        }
    }
}
