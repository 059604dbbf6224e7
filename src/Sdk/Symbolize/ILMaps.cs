using SelfProfiler.Decode;

namespace SelfProfiler.Symbolize;

/// <summary>Joins IL maps to the bodies they describe and bounds what they take. Pump only.</summary>
/// <remarks>The events name a method, not a body: a load is followed by its map, an entry of a rundown is preceded by it; events of other
/// threads and other sessions may lie between. Maps of modules that turned out to have no PDB are let go.</remarks>
internal sealed class ILMaps(BodyIndex index, ModuleTable modules)
{
    private const int Jitted = 0x8;
    private const int MaxBytes = 4 << 20;
    private const int FirstSweep = 256 << 10;

    private readonly (ulong MethodId, int Row)[] _waiting = new (ulong, int)[32];
    private uint _next;
    private byte[]? _early;
    private ulong _earlyMethod;
    private int _sweepAt = FirstSweep;

    public int Bytes { get; private set; }

    /// <summary>Maps not kept because there were too many.</summary>
    public long Dropped { get; private set; }

    /// <summary>A body was added, or met again in a rundown.</summary>
    public void Added(int row)
    {
        ulong method = index[row].MethodId;
        if (_early is { } map && _earlyMethod == method)
        {
            _early = null;
            Keep(row, map);
        }
        else if ((index[row].Flags & Jitted) != 0 && Of(index[row]) is null)
        {
            _waiting[_next++ % (uint)_waiting.Length] = (method, row);
        }
    }

    public void Add(in ILMap map)
    {
        if (PackedILMap.Pack(map) is not { } packed)
        {
            return;
        }

        for (uint i = 1; i <= _waiting.Length && map.MethodId != 0; i++)
        {
            ref var waiting = ref _waiting[(_next - i) % (uint)_waiting.Length];
            if (waiting.MethodId == map.MethodId && index[waiting.Row].MethodId == map.MethodId && Of(index[waiting.Row]) is null)
            {
                Keep(waiting.Row, packed);
                waiting = default;
                return;
            }
        }

        _early = packed;
        _earlyMethod = map.MethodId;
    }

    public void Removed(in BodyRow row) => Bytes -= Of(row)?.Length ?? 0;

    private static byte[]? Of(in BodyRow row) => row.Known as byte[] ?? (row.Known as MethodBody)?.ILMap;

    private static void Set(ref BodyRow row, byte[]? map)
    {
        if (row.Known is MethodBody body)
        {
            body.ILMap = map;
        }
        else
        {
            row.Known = map;
        }
    }

    private void Keep(int number, byte[] map)
    {
        ref var row = ref index[number];
        if (modules[row.Module] is not { Lines: not CodeModule.LineInfo.Absent } || Of(row) is not null || PackedILMap.Last(map) > row.Size)
        {
            return;
        }

        if (Bytes + map.Length > _sweepAt)
        {
            Sweep();
        }

        if (Bytes + map.Length > MaxBytes)
        {
            Dropped++;
            return;
        }

        Bytes += map.Length;
        Set(ref row, map);
    }

    /// <summary>Lets go of the maps of modules that have no lines.</summary>
    public void Sweep()
    {
        foreach (int number in index.Rows())
        {
            ref var row = ref index[number];
            if (Of(row) is { } map && modules[row.Module] is { Lines: CodeModule.LineInfo.Absent })
            {
                Bytes -= map.Length;
                Set(ref row, null);
            }
        }

        _sweepAt = Math.Max(FirstSweep, Bytes * 2);
    }
}
