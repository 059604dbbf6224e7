namespace SelfProfiler.Aggregate;

/// <summary>A dictionary of small entries that takes the room of those it has: pages, where <see cref="Dictionary{TKey,TValue}"/> doubles. Entries are numbered in the order they came. For one thread.</summary>
internal sealed class PagedTable<TKey, TValue>
    where TKey : struct, IEquatable<TKey>
    where TValue : struct
{
    private const int FewestChains = 8;

    private readonly PagedList<Entry> _entries = new();
    private int[] _chains = new int[FewestChains]; // by hash: one more than the newest entry

    public int Count => _entries.Count;

    /// <summary>Entries there is room for.</summary>
    public int Capacity => _entries.Capacity;

    /// <summary>The key of an entry.</summary>
    public ref readonly TKey Key(int number) => ref _entries[number].Key;

    /// <summary>The value of an entry; until the next is added.</summary>
    public ref TValue this[int number] => ref _entries[number].Value;

    /// <returns>The number of the entry, -1 when there is none.</returns>
    public int Find(in TKey key)
    {
        int number = _chains[ChainOf(key)] - 1;
        while (number >= 0)
        {
            ref var entry = ref _entries[number];
            if (entry.Key.Equals(key))
            {
                return number;
            }

            number = entry.Next - 1;
        }

        return -1;
    }

    public bool Contains(in TKey key) => Find(key) >= 0;

    /// <summary>The value of a key, a new one where it had none; until the next is added.</summary>
    public ref TValue GetOrAdd(in TKey key, out bool known)
    {
        int number = Find(key);
        known = number >= 0;
        return ref known ? ref _entries[number].Value : ref Add(key);
    }

    /// <summary>The key must be new.</summary>
    public ref TValue Add(in TKey key)
    {
        if (Count == _chains.Length)
        {
            Link(Count * 2);
        }

        ref int chain = ref _chains[ChainOf(key)];
        _entries.Add(new Entry { Key = key, Next = chain });
        chain = Count;
        return ref _entries[Count - 1].Value;
    }

    /// <summary>Moves an entry forward, over one that is not needed any more; then <see cref="Truncate"/>.</summary>
    public void Move(int from, int to)
    {
        if (from != to)
        {
            _entries[to] = _entries[from];
        }
    }

    /// <summary>Keeps the first entries, and the room of all that there were; what is beyond is given back.</summary>
    public void Truncate(int count)
    {
        int chains = _chains.Length;
        chains = chains > FewestChains && Count < chains / 4 ? chains / 2 : chains;
        _entries.Truncate(count);
        Link(chains);
    }

    private void Link(int chains)
    {
        if (_chains.Length == chains)
        {
            Array.Clear(_chains);
        }
        else
        {
            _chains = new int[chains];
        }

        for (int number = 0; number < Count; number++)
        {
            ref var entry = ref _entries[number];
            ref int chain = ref _chains[ChainOf(entry.Key)];
            entry.Next = chain;
            chain = number + 1;
        }
    }

    // Lengths are powers of two, and hashes of numbers are the numbers.
    private int ChainOf(in TKey key) => (int)(((uint)key.GetHashCode() * 0x9E3779B1u) >> 8) & (_chains.Length - 1);

    private struct Entry
    {
        public TKey Key;
        public TValue Value;

        /// <summary>One more than the entry before it with a hash like this.</summary>
        public int Next;
    }
}
