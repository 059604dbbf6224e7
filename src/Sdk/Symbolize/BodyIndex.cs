namespace SelfProfiler.Symbolize;

/// <summary>Method bodies in order of address: two levels of sorted leaves over a table of rows. Ranges never overlap. Pump only.</summary>
/// <remarks>Bodies come in any order, ten thousands at a time in a rundown and one by one later; a leaf keeps an insertion from moving all others.</remarks>
internal sealed class BodyIndex
{
    private const int LeafSize = 256;
    private const int ChunkBits = 9;
    private const int ChunkSize = 1 << ChunkBits;

    private BodyRow[][] _chunks = [];
    private int _rows;
    private int _freeHead = -1; // free rows are chained through Name

    private Leaf[] _leaves = [new Leaf()];
    private ulong[] _firsts = new ulong[1];
    private int _leafCount = 1;

    public int Count { get; private set; }

    public ref BodyRow this[int row] => ref _chunks[row >> ChunkBits][row & (ChunkSize - 1)];

    /// <returns>The row whose range contains the address, or -1.</returns>
    public int Find(ulong address)
    {
        var leaf = _leaves[LeafOf(address)];
        int at = Position(leaf, address);
        return at >= 0 && this[leaf.Rows[at]].Contains(address) ? leaf.Rows[at] : -1;
    }

    /// <returns>The last row that starts at or before the address, or -1.</returns>
    public int Floor(ulong address)
    {
        for (int leafIndex = LeafOf(address); leafIndex >= 0; leafIndex--)
        {
            int at = Position(_leaves[leafIndex], address);
            if (at >= 0)
            {
                return _leaves[leafIndex].Rows[at];
            }
        }

        return -1;
    }

    /// <returns>The first row that reaches into the range, or -1.</returns>
    public int FirstIn(ulong start, ulong end)
    {
        int leafIndex = LeafOf(start);
        int at = Position(_leaves[leafIndex], start);
        if (at >= 0 && this[_leaves[leafIndex].Rows[at]].End > start)
        {
            return _leaves[leafIndex].Rows[at];
        }

        for (at++; leafIndex < _leafCount; leafIndex++, at = 0)
        {
            if (at < _leaves[leafIndex].Count)
            {
                int row = _leaves[leafIndex].Rows[at];
                return this[row].Start < end ? row : -1;
            }
        }

        return -1;
    }

    /// <summary>The caller has made sure that nothing overlaps.</summary>
    /// <returns>The number of the row, valid until it is removed.</returns>
    public int Insert(in BodyRow value)
    {
        int row = NewRow();
        this[row] = value;
        int leafIndex = LeafOf(value.Start);
        if (_leaves[leafIndex].Count == LeafSize)
        {
            Split(leafIndex);
            leafIndex = LeafOf(value.Start);
        }

        var leaf = _leaves[leafIndex];
        int at = Position(leaf, value.Start) + 1;
        Array.Copy(leaf.Rows, at, leaf.Rows, at + 1, leaf.Count - at);
        leaf.Rows[at] = row;
        leaf.Count++;
        Count++;
        return row;
    }

    public void Remove(int row)
    {
        int leafIndex = LeafOf(this[row].Start);
        var leaf = _leaves[leafIndex];
        int at = Position(leaf, this[row].Start);
        Array.Copy(leaf.Rows, at + 1, leaf.Rows, at, leaf.Count - at - 1);
        leaf.Count--;
        Count--;
        this[row] = new BodyRow { Name = _freeHead };
        _freeHead = row;
        if (leaf.Count < LeafSize / 4)
        {
            MergeWithNeighbour(ref leafIndex);
        }

        // Exact, or a row put in later could reach across the border to the right.
        if (leafIndex > 0)
        {
            _firsts[leafIndex] = this[_leaves[leafIndex].Rows[0]].Start;
        }
    }

    /// <summary>All rows in order of address.</summary>
    public IEnumerable<int> Rows()
    {
        for (int leafIndex = 0; leafIndex < _leafCount; leafIndex++)
        {
            for (int at = 0; at < _leaves[leafIndex].Count; at++)
            {
                yield return _leaves[leafIndex].Rows[at];
            }
        }
    }

    /// <summary>The last leaf that begins at or before the address; the first one takes what lies before all.</summary>
    private int LeafOf(ulong address)
    {
        int found = Array.BinarySearch(_firsts, 0, _leafCount, address);
        return found >= 0 ? found : Math.Max(0, ~found - 1);
    }

    /// <summary>Position of the last row that starts at or before the address, or -1.</summary>
    private int Position(Leaf leaf, ulong address)
    {
        int low = 0;
        int high = leaf.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (this[leaf.Rows[middle]].Start <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private int NewRow()
    {
        if (_freeHead >= 0)
        {
            int row = _freeHead;
            _freeHead = this[row].Name;
            return row;
        }

        if (_rows == _chunks.Length * ChunkSize)
        {
            Array.Resize(ref _chunks, _chunks.Length + 1);
            _chunks[^1] = new BodyRow[ChunkSize];
        }

        return _rows++;
    }

    private void Split(int leafIndex)
    {
        var leaf = _leaves[leafIndex];

        // A rundown walks modules upwards: a full last leaf is left full.
        int kept = leafIndex == _leafCount - 1 ? LeafSize - LeafSize / 8 : LeafSize / 2;
        var right = new Leaf { Count = LeafSize - kept };
        Array.Copy(leaf.Rows, kept, right.Rows, 0, right.Count);
        leaf.Count = kept;
        if (_leafCount == _leaves.Length)
        {
            Array.Resize(ref _leaves, _leafCount * 2);
            Array.Resize(ref _firsts, _leafCount * 2);
        }

        int at = leafIndex + 1;
        Array.Copy(_leaves, at, _leaves, at + 1, _leafCount - at);
        Array.Copy(_firsts, at, _firsts, at + 1, _leafCount - at);
        _leaves[at] = right;
        _firsts[at] = this[right.Rows[0]].Start;
        _leafCount++;
    }

    /// <summary>An empty leaf always goes, unless it is the only one.</summary>
    private void MergeWithNeighbour(ref int leafIndex)
    {
        int left = leafIndex + 1 < _leafCount ? leafIndex : leafIndex - 1;
        if (left < 0 || (_leaves[leafIndex].Count > 0 && _leaves[left].Count + _leaves[left + 1].Count > LeafSize / 2))
        {
            return;
        }

        leafIndex = left;
        var (to, from) = (_leaves[left], _leaves[left + 1]);
        Array.Copy(from.Rows, 0, to.Rows, to.Count, from.Count);
        to.Count += from.Count;
        Array.Copy(_leaves, left + 2, _leaves, left + 1, _leafCount - left - 2);
        Array.Copy(_firsts, left + 2, _firsts, left + 1, _leafCount - left - 2);
        _leaves[--_leafCount] = null!;
    }

    private sealed class Leaf
    {
        public readonly int[] Rows = new int[LeafSize];
        public int Count;
    }
}
