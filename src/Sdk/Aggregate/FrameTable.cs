using SelfProfiler.Symbolize;

namespace SelfProfiler.Aggregate;

/// <summary>Interns frames: an address becomes a small number once, together with the method body it lies in at that moment. Pump only.</summary>
/// <remarks>The body is looked up on arrival because addresses of unloaded code are used again; an address that nobody knows yet is
/// tried again when a window is sealed, since precompiled methods are named by a later rundown.</remarks>
internal sealed class FrameTable(Func<ulong, MethodBody?> find)
{
    /// <summary>The runtime tells of a method up to a few hundred milliseconds after it ran first, of a module when the next list of methods is made.</summary>
    private const long SettlingNs = 5_000_000_000;

    private const int FewestSlots = 512;

    private int[] _byAddress = new int[FewestSlots]; // open addressing; a slot holds the newest frame of an address, 0 = free
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly Queue<(long Time, int Count)> _counts = new();
    private FrameKey[] _frames = new FrameKey[1024];
    private int _settled = 1;

    /// <summary>Frames so far; 0 is the root's "no frame".</summary>
    public int Count { get; private set; } = 1;

    /// <param name="address">Leaf: where the thread was. Others: the return address minus one, so that it lies in the calling instruction.</param>
    public int Intern(ulong address)
    {
        int slot = SlotOf(address);
        int id = _byAddress[slot];
        if (id != 0)
        {
            if (Get(id).Body is not { Removed: true })
            {
                return id;
            }
        }

        id = Append(new FrameKey(find(address), address, null));
        _byAddress[slot] = id;
        MakeRoom();
        return id;
    }

    /// <returns>0 when the address has no frame.</returns>
    public int Find(ulong address) => _byAddress[SlotOf(address)] is var id and not 0 && Get(id).Body is not { Removed: true } ? id : 0;

    public int Intern(ReadOnlySpan<char> name)
    {
        var lookup = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(name, out int id))
        {
            return id;
        }

        string text = name.ToString();
        id = Append(FrameKey.OfName(text));
        _byName[text] = id;
        return id;
    }

    /// <summary>The key as it is known now: an address without a body is looked up once more, and one whose body was guessed wrong.</summary>
    public FrameKey Get(int id)
    {
        ref var frame = ref _frames[id];
        bool refuted = frame.Body is { Guessed: true, Removed: true };
        if (refuted || (frame.Body is null && frame.Synthetic is null))
        {
            var body = find(frame.Address);
            if (refuted || body is not null)
            {
                frame = frame with { Body = body };
            }
        }

        return frame;
    }

    /// <summary>Whether the frame has the name it will keep: it is named, or nobody named it in time.</summary>
    public bool IsSettled(int id) => id < _settled || Get(id) is { Synthetic: not null } or { Body: not (null or { Guessed: true } or { Module.Path.Length: 0 }) };

    /// <summary>To be called regularly: frames grow old.</summary>
    public void Age(long now)
    {
        while (_counts.TryPeek(out var oldest) && now - oldest.Time >= SettlingNs)
        {
            _settled = _counts.Dequeue().Count;
        }

        _counts.Enqueue((now, Count));
    }

    /// <summary>The body as it is known so far, without another look-up.</summary>
    public MethodBody? BodyOf(int id) => _frames[id].Body;

    /// <summary>Keeps the frames marked and renumbers them.</summary>
    /// <returns>New number for each old one, 0 where dropped.</returns>
    public int[] Compact(bool[] keep)
    {
        int[] moved = new int[Count];
        var old = _frames;
        int oldCount = Count;
        _frames = new FrameKey[Math.Max(1024, oldCount / 2)];
        Count = 1;
        _byAddress = new int[Math.Max(FewestSlots, _byAddress.Length / 4)];
        _byName.Clear();
        for (int id = 1; id < oldCount; id++)
        {
            if (!keep[id])
            {
                continue;
            }

            var frame = old[id];
            moved[id] = Append(frame);
            if (frame.Synthetic is { } name)
            {
                _byName[name] = moved[id];
            }
            else if (frame.Body is not { Removed: true })
            {
                _byAddress[SlotOf(frame.Address)] = moved[id];
                MakeRoom();
            }
        }

        // Order is kept, so ages can be.
        _settled = KeptBelow(_settled, moved);
        for (int i = _counts.Count; i > 0; i--)
        {
            var (time, count) = _counts.Dequeue();
            _counts.Enqueue((time, KeptBelow(count, moved)));
        }

        return moved;
    }

    private static int KeptBelow(int id, int[] moved) => 1 + moved.AsSpan(1, id - 1).Length - moved.AsSpan(1, id - 1).Count(0);

    /// <summary>Where the address is, or would be: half of the slots are free.</summary>
    private int SlotOf(ulong address)
    {
        int mask = _byAddress.Length - 1;
        int slot = (int)((address * 0x9E3779B97F4A7C15) >> 33) & mask;
        while (_byAddress[slot] is var id and not 0 && _frames[id].Address != address)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    /// <summary>Counts names and replaced frames too: there are few.</summary>
    private void MakeRoom()
    {
        if (Count * 2 <= _byAddress.Length)
        {
            return;
        }

        int[] old = _byAddress;
        _byAddress = new int[old.Length * 2];
        foreach (int id in old)
        {
            if (id != 0)
            {
                _byAddress[SlotOf(_frames[id].Address)] = id;
            }
        }
    }

    private int Append(in FrameKey frame)
    {
        if (Count == _frames.Length)
        {
            Array.Resize(ref _frames, Count * 2);
        }

        _frames[Count] = frame;
        return Count++;
    }
}
