using System.Numerics;

namespace SelfProfiler.Labels;

/// <summary>Sets of extra labels as numbers. Bounded; neither reading nor adding takes a lock, and finding a known set allocates nothing.</summary>
internal sealed class LabelSetTable(LabelCounters counters, int max)
{
    public const int None = 0;

    /// <summary>What sets beyond the limit become.</summary>
    public const int Overflow = 1;

    private const int First = 2;

    private static readonly LabelSet _overflow = new([new(LabelNames.Overflow, "true")], 0);

    private readonly int _mask = (int)BitOperations.RoundUpToPowerOf2((uint)max * 2) - 1;

    // Any thread: slots are filled once and never change, so a set's number is its slot.
    private LabelSet?[]? _slots;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public ReadOnlySpan<KeyValuePair<string, string>> Pairs(int set) => Set(set).Pairs;

    /// <summary>For callers that keep the pairs: they never change.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> List(int set) => Set(set).Pairs;

    /// <summary>The number of <paramref name="set"/> with <paramref name="labels"/> laid over it.</summary>
    /// <param name="set">A number this table gave out.</param>
    /// <param name="labels">Cleaned by <see cref="LabelRules"/>: unique, permitted keys, short values.</param>
    public int With(int set, ReadOnlySpan<KeyValuePair<string, string>> labels)
    {
        if (labels.IsEmpty || set == Overflow)
        {
            return set;
        }

        var below = Set(set);
        int hash = below.Hash;
        int total = below.Pairs.Length + labels.Length;
        foreach (ref readonly var pair in labels)
        {
            int index = LabelSet.IndexOf(below.Pairs, pair.Key);
            hash += LabelSet.HashOf(pair);
            if (index >= 0)
            {
                hash -= LabelSet.HashOf(below.Pairs[index]);
                total--;
            }
        }

        if (total > LabelLimits.LabelsPerSet)
        {
            LabelCounters.Add(ref counters.LabelsRefused);
            return set;
        }

        return Find(below, labels, hash);
    }

    private int Find(LabelSet below, ReadOnlySpan<KeyValuePair<string, string>> labels, int hash)
    {
        var slots = Volatile.Read(ref _slots) ?? Create();
        for (int slot = Spread(hash) & _mask; ; slot = (slot + 1) & _mask)
        {
            var there = Volatile.Read(ref slots[slot]) ?? Add(ref slots[slot], below, labels, hash);
            if (there is null)
            {
                LabelCounters.Add(ref counters.LabelSetsOverflowed);
                return Overflow;
            }

            if (there.Hash == hash && there.Is(below, labels))
            {
                return slot + First;
            }
        }
    }

    private LabelSet? Add(ref LabelSet? slot, LabelSet below, ReadOnlySpan<KeyValuePair<string, string>> labels, int hash)
    {
        if (Interlocked.Increment(ref _count) > max)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        var made = LabelSet.Of(below, labels, hash);
        var there = Interlocked.CompareExchange(ref slot, made, null);
        if (there is not null)
        {
            Interlocked.Decrement(ref _count);
        }

        return there ?? made;
    }

    private LabelSet Set(int set)
    {
        int slot = set - First;
        var slots = Volatile.Read(ref _slots);
        return set == Overflow ? _overflow
            : slots is not null && (uint)slot < (uint)slots.Length ? Volatile.Read(ref slots[slot]) ?? LabelSet.Empty
            : LabelSet.Empty;
    }

    private LabelSet?[] Create()
    {
        var slots = new LabelSet?[_mask + 1];
        return Interlocked.CompareExchange(ref _slots, slots, null) ?? slots;
    }

    // Sums of hashes are not spread evenly.
    private static int Spread(int hash) => (int)(((uint)hash * 0x9E3779B1u) >> 8);
}
