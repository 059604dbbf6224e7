using System.Runtime.CompilerServices;

namespace SelfProfiler.Labels;

/// <summary>Finds a request by the span it began with, for flows that do not carry its context. A cache: what it does not find becomes a request of its own.</summary>
internal sealed class RequestIndex
{
    private const int Ways = 4;
    private const int SetBits = 10;

    // Any thread. A span and its id are two words: what is found is checked against the table.
    private readonly Entry[] _entries = new Entry[Ways << SetBits];

    public void Add(ulong span, RequestId id)
    {
        int first = FirstOf(span);
        int way = id.Slot & (Ways - 1); // all running: one of them is forgotten
        for (int i = 0; i < Ways; i++)
        {
            if (Volatile.Read(ref _entries[first + i].Id) <= 0)
            {
                way = i;
                break;
            }
        }

        ref var entry = ref _entries[first + way];
        Volatile.Write(ref entry.Span, span);
        Volatile.Write(ref entry.Id, id.Packed);
    }

    /// <summary>Fetches the place of a span that <see cref="Add"/> is about to want.</summary>
    public void Prefetch(ulong span)
    {
        int first = FirstOf(span);
        Cache.Prefetch(in _entries[first]);
        Cache.Prefetch(in _entries[first + Ways - 1]); // a set lies in two cache lines
    }

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
        int first = FirstOf(span);
        for (int i = first; i < first + Ways; i++)
        {
            if (Volatile.Read(ref _entries[i].Span) == span)
            {
                return ref _entries[i];
            }
        }

        return ref Unsafe.NullRef<Entry>();
    }

    private static int FirstOf(ulong span) => (int)((span * 0x9E3779B97F4A7C15) >> (64 - SetBits)) * Ways;

    private struct Entry
    {
        public ulong Span;

        /// <summary>0: none; negative: of a request that has ended.</summary>
        public long Id;
    }
}
