using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SelfProfiler.Labels;

/// <summary>Finds a request by the span it began with, for flows that do not carry its context. A cache: what it does not find becomes a request of its own.</summary>
internal sealed class RequestIndex
{
    private const int Ways = 4;
    private const int SetBits = 10;

    // Any thread. A span and its id are two words: what is found is checked against the table.
    private readonly AlignedArray<Entry> _entries = new(Ways << SetBits); // a set is a cache line

    public void Add(ulong span, RequestId id)
    {
        var set = SetOf(span);
        ref var place = ref set[id.Slot & (Ways - 1)]; // all running: one of them is forgotten
        foreach (ref var entry in set)
        {
            if (Volatile.Read(ref entry.Id) <= 0)
            {
                place = ref entry;
                break;
            }
        }

        Volatile.Write(ref place.Span, span);
        Volatile.Write(ref place.Id, id.Packed);
    }

    /// <summary>Fetches the place of a span that <see cref="Find"/> and <see cref="Add"/> are about to want.</summary>
    public void Prefetch(ulong span) => Cache.Prefetch(in MemoryMarshal.GetReference(SetOf(span)));

    public RequestId Find(ulong span, RequestTable table)
    {
        ref var entry = ref Locate(span);
        if (Unsafe.IsNullRef(ref entry))
        {
            return RequestId.None;
        }

        var id = new RequestId(Math.Abs(Volatile.Read(ref entry.Id)));
        return table.TryGet(id, out var info) && info.RootSpanId == span ? id : RequestId.None;
    }

    /// <summary>The request is still found, until its place is needed.</summary>
    public void End(ulong span)
    {
        ref var entry = ref Locate(span);
        if (!Unsafe.IsNullRef(ref entry) && Volatile.Read(ref entry.Id) is > 0 and var id)
        {
            Interlocked.CompareExchange(ref entry.Id, -id, id);
        }
    }

    private ref Entry Locate(ulong span)
    {
        foreach (ref var entry in SetOf(span))
        {
            if (Volatile.Read(ref entry.Span) == span)
            {
                return ref entry;
            }
        }

        return ref Unsafe.NullRef<Entry>();
    }

    private Span<Entry> SetOf(ulong span) => _entries.Slice((int)((span * 0x9E3779B97F4A7C15) >> (64 - SetBits)) * Ways, Ways);

    private struct Entry
    {
        public ulong Span;

        /// <summary>0: none; negative: of a request that has ended.</summary>
        public long Id;
    }
}
