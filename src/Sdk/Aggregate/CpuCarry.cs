using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SelfProfiler.Aggregate;

/// <summary>CPU of threads that waits for a sample to go to. Pump only.</summary>
internal sealed class CpuCarry
{
    private readonly Dictionary<int, Entry> _entries = [];

    public ref Entry Of(int thread, out bool known) => ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, thread, out known);

    /// <summary>No samples were taken for a part of the period: that this thread has none says nothing, its next ones speak for it.</summary>
    /// <returns>What has waited too long.</returns>
    public double Keep(in CpuUse thread, in CpuPeriod period)
    {
        if (thread.CpuNs <= 0)
        {
            return 0;
        }

        ref var carry = ref Of(thread.Thread, out _);
        carry.Since = carry.Ns > 0 ? carry.Since : period.Until - period.LengthNs;
        carry.Ns += thread.CpuNs;
        carry.Seen = period.Until;
        return period.Until - carry.Since >= period.CarryNs ? Take(thread.Thread) : 0;
    }

    public double Take(int thread)
    {
        ref var carry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, thread);
        if (Unsafe.IsNullRef(ref carry))
        {
            return 0;
        }

        var kept = carry.Ns;
        carry.Ns = 0;
        return kept;
    }

    /// <returns>All there was.</returns>
    public double Empty()
    {
        double all = 0;
        foreach (var carry in _entries.Values)
        {
            all += carry.Ns;
        }

        _entries.Clear();
        return all;
    }

    /// <returns>What threads left that were not heard of for long.</returns>
    public double OfEnded(in CpuPeriod period)
    {
        double left = 0;
        foreach (var (thread, carry) in _entries)
        {
            if (period.Until - carry.Seen > 2 * period.CarryNs)
            {
                left += carry.Ns;
                _entries.Remove(thread); // removal during enumeration is allowed for this collection
            }
        }

        return left;
    }

    internal struct Entry
    {
        public double Ns;

        /// <summary>When the oldest of it was used.</summary>
        public long Since;

        /// <summary>When the thread was last known to live.</summary>
        public long Seen;
    }
}
