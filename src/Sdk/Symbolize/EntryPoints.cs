namespace SelfProfiler.Symbolize;

/// <summary>Precompiled methods of which only the beginning is known: they get their size when an address in them is asked for. Pump only.</summary>
/// <remarks>
/// The runtime tells of a precompiled method when it is first called (R2RGetEntryPoint), without a size. The image has a table of functions,
/// in which exception handlers follow their method as functions of their own: a function that begins behind a known entry point,
/// with no other known method between, is taken for a part of it, as the runtime does. Unlike the runtime we do not know all methods
/// that were ever called: none before they have been listed once, and the newest a moment later. So such a body is a guess.
/// </remarks>
internal sealed class EntryPoints(BodyIndex index, ModuleTable modules, MethodLists lists, Action<int> remove)
{
    /// <summary>How far behind its method's beginning a handler may lie.</summary>
    private const ulong MaxDistance = 64 << 10;

    // Above the bits of the event.
    private const ushort Guessed = 0x2000;
    private const ushort FromEntryPoint = 0x4000;
    private const ushort NoSize = 0x8000;

    private readonly ImageFunctions _functions = new(new ProcessMemory());

    public static bool HasNoSize(in BodyRow row) => (row.Flags & NoSize) != 0;

    public static bool IsGuessed(in BodyRow row) => (row.Flags & Guessed) != 0;

    public static uint EventFlags(in BodyRow row) => (uint)(row.Flags & ~(FromEntryPoint | NoSize | Guessed));

    public static BodyRow Row(ulong start, ulong methodId, (int Namespace, int Name, int Signature) names) => new()
    {
        Start = start,
        Size = 1,
        MethodId = methodId,
        Namespace = names.Namespace,
        Name = names.Name,
        Signature = names.Signature,
        Flags = FromEntryPoint | NoSize,
    };

    /// <summary>An entry point becomes known: a body that was taken to reach over it shrinks.</summary>
    /// <returns>False when the method is known already.</returns>
    public bool MakeRoom(ulong start)
    {
        int old = index.Find(start);
        if (old < 0)
        {
            return true;
        }

        var row = index[old];
        if (row.Start == start || (row.Flags & FromEntryPoint) == 0)
        {
            return false;
        }

        Replace(old, row with { Size = 1, Flags = (ushort)((row.Flags | NoSize) & ~Guessed) });
        return true;
    }

    /// <returns>The row the address lies in, now with its size; -1 when the address is no known method's.</returns>
    public int Measure(ulong address, ImageRanges images)
    {
        int number = index.Floor(address);
        if (number < 0)
        {
            return -1;
        }

        var row = index[number];
        if ((row.Flags & FromEntryPoint) == 0 || address - row.Start > MaxDistance
            || !_functions.TryFind(images, address, out ulong begin, out ulong end) || begin < row.Start || (begin > row.Start && !lists.Complete) || end - row.Start > MaxDistance * 2
            || index.FirstIn(row.End, end) >= 0)
        {
            return -1;
        }

        ushort module = row.Module != 0 || images.Find(address) is not { } path ? row.Module : modules.WithPath(path);
        ushort flags = (ushort)((row.Flags & ~NoSize) | (begin > row.Start ? Guessed : 0));
        return Replace(number, row with { Size = (uint)(end - row.Start), Flags = flags, Module = module });
    }

    /// <summary>Another size makes another body: those who hold the old one learn that it is gone.</summary>
    private int Replace(int number, BodyRow row)
    {
        remove(number);
        return index.Insert(row with { Known = null });
    }
}
