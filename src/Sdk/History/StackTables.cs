using System.Runtime.CompilerServices;
using SelfProfiler.Symbolize;

namespace SelfProfiler.History;

/// <summary>Frames and stacks shared by all windows of history: each is stored once. Grows only; what is no longer used is left behind by making new tables.</summary>
/// <remarks>Written under the store's lock. What <see cref="View"/> gives out never changes, so queries read without it.</remarks>
internal sealed class StackTables
{
    private FrameKey[] _frames = new FrameKey[32];
    private int[] _frameSlots = new int[64]; // open addressing; 0 = free
    private int[] _parents = new int[64];
    private int[] _nodeFrames = new int[64];
    private int[] _nodeSlots = new int[128];
    private long _goneBytes;

    public StackTables() => _parents[0] = -1;

    /// <summary>Index 0 stands for "no frame" and for the root.</summary>
    public int FrameCount { get; private set; } = 1;

    public int NodeCount { get; private set; } = 1;

    /// <summary>Arrays, and what only these tables keep alive: bodies of code that was gone when they were measured last.</summary>
    public long Bytes => 400 + _goneBytes
        + (_frames.LongLength * Unsafe.SizeOf<FrameKey>())
        + (sizeof(int) * (_frameSlots.LongLength + _parents.LongLength + _nodeFrames.LongLength + _nodeSlots.LongLength));

    public StackView View => new(_frames, _parents, _nodeFrames, FrameCount, NodeCount);

    /// <summary>The numbers of another tree's nodes here, taken over when they are first asked for.</summary>
    public StackMap From(StackView other) => new(this, other);

    /// <summary>Looks which code has gone since: its names belong to these tables alone then.</summary>
    public void MeasureGone()
    {
        var gone = new HashSet<MethodBody>(ReferenceEqualityComparer.Instance);
        _goneBytes = 0;
        foreach (ref readonly var frame in _frames.AsSpan(0, FrameCount))
        {
            if (frame.Body is { Removed: true } body && gone.Add(body))
            {
                _goneBytes += body.OwnBytes;
            }
        }
    }

    public int Frame(in FrameKey key)
    {
        int slot = FrameSlot(key);
        if (_frameSlots[slot] == 0)
        {
            if (FrameCount == _frames.Length)
            {
                Array.Resize(ref _frames, FrameCount + (FrameCount / 2));
            }

            if (FrameCount * 2 > _frameSlots.Length)
            {
                _frameSlots = new int[_frameSlots.Length * 2];
                for (int frame = 1; frame < FrameCount; frame++)
                {
                    _frameSlots[FrameSlot(_frames[frame])] = frame;
                }

                slot = FrameSlot(key);
            }

            _frames[FrameCount] = key;
            _frameSlots[slot] = FrameCount++;
        }

        return _frameSlots[slot];
    }

    public int Node(int parent, int frame)
    {
        int slot = NodeSlot(parent, frame);
        if (_nodeSlots[slot] == 0)
        {
            if (NodeCount == _parents.Length)
            {
                int length = NodeCount + (NodeCount / 2);
                Array.Resize(ref _parents, length);
                Array.Resize(ref _nodeFrames, length);
            }

            if (NodeCount * 3 > _nodeSlots.Length * 2)
            {
                _nodeSlots = new int[_nodeSlots.Length * 2];
                for (int node = 1; node < NodeCount; node++)
                {
                    _nodeSlots[NodeSlot(_parents[node], _nodeFrames[node])] = node;
                }

                slot = NodeSlot(parent, frame);
            }

            _parents[NodeCount] = parent;
            _nodeFrames[NodeCount] = frame;
            _nodeSlots[slot] = NodeCount++;
        }

        return _nodeSlots[slot];
    }

    private int FrameSlot(in FrameKey key)
    {
        int mask = _frameSlots.Length - 1;
        int slot = (int)(((uint)key.GetHashCode() * 0x9E3779B1u) >> 7) & mask;
        while (_frameSlots[slot] is var frame and not 0 && _frames[frame] != key)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private int NodeSlot(int parent, int frame)
    {
        int mask = _nodeSlots.Length - 1;
        int slot = (int)(((((ulong)(uint)parent << 32) | (uint)frame) * 0x9E3779B97F4A7C15) >> 33) & mask;
        while (_nodeSlots[slot] is var node and not 0 && (_parents[node] != parent || _nodeFrames[node] != frame))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }
}

/// <summary>Stacks as a tree: node 0 is the root, a parent is smaller than its children. The arrays may be longer than the counts.</summary>
internal readonly record struct StackView(FrameKey[] Frames, int[] Parents, int[] NodeFrames, int FrameCount, int NodeCount);

/// <summary>Takes stacks of one tree over into tables.</summary>
internal sealed class StackMap(StackTables to, StackView from)
{
    private readonly int[] _nodes = new int[from.NodeCount];
    private readonly int[] _frames = new int[from.FrameCount];

    public bool IsOf(StackView view) => ReferenceEquals(view.Parents, from.Parents) && view.NodeCount == from.NodeCount;

    public int this[int node]
    {
        get
        {
            if (node == 0 || _nodes[node] != 0)
            {
                return _nodes[node];
            }

            int parent = this[from.Parents[node]];
            int frame = from.NodeFrames[node];
            if (_frames[frame] == 0)
            {
                _frames[frame] = to.Frame(from.Frames[frame]);
            }

            return _nodes[node] = to.Node(parent, _frames[frame]);
        }
    }
}
