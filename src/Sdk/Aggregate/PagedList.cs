using System.Runtime.CompilerServices;

namespace SelfProfiler.Aggregate;

/// <summary>A list of tens of thousands of small items that takes the room of those it has: pages, where <see cref="List{T}"/> doubles. For one thread.</summary>
internal sealed class PagedList<T>
    where T : struct
{
    private const int FirstSize = 8;

    // A power of two items, about 8 KB.
    private static readonly int _pageBits = Math.Max(3, 13 - System.Numerics.BitOperations.Log2((uint)Unsafe.SizeOf<T>()));

    private T[]?[] _pages = [null];

    public int Count { get; private set; }

    /// <summary>Items there is room for.</summary>
    public int Capacity => _pages.Sum(static page => page?.Length ?? 0);

    /// <summary>An item; until the next is added.</summary>
    public ref T this[int number] => ref _pages[number >> _pageBits]![number & ((1 << _pageBits) - 1)];

    public void Add(in T item)
    {
        int page = Count >> _pageBits;
        if (page == _pages.Length)
        {
            Array.Resize(ref _pages, page * 2);
        }

        ref var place = ref _pages[page];
        if (page > 0)
        {
            place ??= new T[1 << _pageBits];
        }
        else if (place is null)
        {
            place = new T[FirstSize];
        }
        else if (Count == place.Length)
        {
            Array.Resize(ref place, Count * 2);
        }

        place[Count++ & ((1 << _pageBits) - 1)] = item;
    }

    /// <summary>Keeps the first items, and the room of all that there were: the next period needs as much. What is beyond is given back.</summary>
    public void Truncate(int count)
    {
        int needed = (Count + (1 << _pageBits) - 1) >> _pageBits;
        for (int page = Math.Max(1, needed); page < _pages.Length && _pages[page] is not null; page++)
        {
            _pages[page] = null;
        }

        Count = count;
    }
}
