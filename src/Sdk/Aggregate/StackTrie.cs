namespace SelfProfiler.Aggregate;

/// <summary>Interns call stacks as a tree, so that a stack is one integer and shared callers are stored once. Pump only.</summary>
internal sealed class StackTrie
{
    /// <summary>The empty stack.</summary>
    public const int Root = 0;

    private int[] _parent = new int[2048];
    private int[] _frame = new int[2048];
    private int[] _slots = new int[4096]; // open addressing; a slot holds a node, 0 = free

    public int Count { get; private set; } = 1;

    public int ParentOf(int node) => _parent[node];

    public int FrameOf(int node) => _frame[node];

    /// <summary>The node of <paramref name="frame"/> called from <paramref name="parent"/>.</summary>
    public int Child(int parent, int frame)
    {
        int slot = SlotOf(parent, frame);
        return _slots[slot] is var node and not 0 ? node : Append(parent, frame, slot);
    }

    /// <returns>-1 when there is no such node.</returns>
    public int Find(int parent, int frame) => frame != 0 && _slots[SlotOf(parent, frame)] is var node and not 0 ? node : -1;

    /// <summary>How many nodes some stacks need, their callers included.</summary>
    /// <param name="live">The stacks; their callers afterwards, too.</param>
    public int CountWithCallers(bool[] live)
    {
        int count = 0;
        for (int node = Count - 1; node > 0; node--)
        {
            if (live[node])
            {
                live[_parent[node]] = true;
                count++;
            }
        }

        return count;
    }

    /// <summary>Keeps what <paramref name="live"/> stacks need and renumbers nodes; parents stay smaller than children.</summary>
    /// <returns>New node for each old one, 0 where dropped.</returns>
    public int[] Compact(bool[] live, FrameTable frames)
    {
        bool[] usedFrames = new bool[frames.Count];
        for (int node = Count - 1; node > 0; node--)
        {
            if (live[node])
            {
                live[_parent[node]] = true;
                usedFrames[_frame[node]] = true;
            }
        }

        int[] movedFrames = frames.Compact(usedFrames);
        int[] moved = new int[Count];
        int[] oldParent = _parent;
        int[] oldFrame = _frame;
        int oldCount = Count;
        _parent = new int[2048];
        _frame = new int[2048];
        _slots = new int[4096];
        Count = 1;
        for (int node = 1; node < oldCount; node++)
        {
            if (live[node])
            {
                moved[node] = Child(moved[oldParent[node]], movedFrames[oldFrame[node]]);
            }
        }

        return moved;
    }

    private static int Hash(int parent, int frame)
    {
        ulong mixed = (((ulong)(uint)parent << 32) | (uint)frame) * 0x9E3779B97F4A7C15;
        return (int)(mixed >> 33);
    }

    private int Append(int parent, int frame, int slot)
    {
        if (Count == _parent.Length)
        {
            Array.Resize(ref _parent, Count * 2);
            Array.Resize(ref _frame, Count * 2);
            Rehash(Count * 4);
            slot = SlotOf(parent, frame);
        }

        _parent[Count] = parent;
        _frame[Count] = frame;
        _slots[slot] = Count;
        return Count++;
    }

    private void Rehash(int size)
    {
        _slots = new int[size];
        for (int node = 1; node < Count; node++)
        {
            _slots[SlotOf(_parent[node], _frame[node])] = node;
        }
    }

    /// <summary>Where the node is, or would be: half of the slots are free.</summary>
    private int SlotOf(int parent, int frame)
    {
        int mask = _slots.Length - 1;
        int slot = Hash(parent, frame) & mask;
        while (_slots[slot] is var node and not 0 && (_parent[node] != parent || _frame[node] != frame))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }
}
