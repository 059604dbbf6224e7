using System.Buffers.Binary;

namespace SelfProfiler.Symbolize;

/// <summary>Where precompiled functions begin and end: looked up in the tables of the ReadyToRun images as they lie in memory. Pump only.</summary>
/// <remarks>x64 and arm64 differ: with x64 an entry has an end, else a function ends where the next one begins. Composite images have no
/// managed header and export theirs as <c>RTR_HEADER</c>. Nothing is kept but the places of the tables.</remarks>
internal sealed class ImageFunctions(ProcessMemory memory)
{
    private const int RuntimeFunctionsSection = 102;
    private const int MaxSections = 64;
    private const int MaxImages = 4_096;

    private readonly Dictionary<ulong, Table?> _tables = [];

    /// <summary>The function around an address: half-open. False where there is none, or no table.</summary>
    public bool TryFind(ImageRanges images, ulong address, out ulong begin, out ulong end)
    {
        (begin, end) = (0, 0);
        if (TableOf(images, address) is not { } table || address < table.Base)
        {
            return false;
        }

        uint rva = (uint)Math.Min(address - table.Base, uint.MaxValue);
        int low = 0;
        int high = table.Count;
        Span<byte> entry = stackalloc byte[12];
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (!Entry(table, middle, entry[..4]))
            {
                return false;
            }

            if (U32(entry) <= rva)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low == 0 || !Entry(table, low - 1, entry[..table.EntrySize]))
        {
            return false;
        }

        begin = table.Base + U32(entry);
        if (table.EntrySize == 12)
        {
            end = table.Base + U32(entry[4..]);
        }
        else if (low < table.Count && Entry(table, low, entry[..4]))
        {
            end = table.Base + U32(entry);
        }

        return address < end;
    }

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private bool Entry(Table table, int index, Span<byte> entry) =>
        memory.Read(table.Address + ((ulong)index * (ulong)table.EntrySize), entry);

    private Table? TableOf(ImageRanges images, ulong address)
    {
        Span<byte> magic = stackalloc byte[2];
        foreach (ulong start in images.Heads(address))
        {
            if (_tables.TryGetValue(start, out var known))
            {
                return known;
            }

            if (memory.Read(start, magic) && magic.SequenceEqual("MZ"u8))
            {
                var table = Parse(start);
                if (_tables.Count >= MaxImages)
                {
                    _tables.Clear();
                }

                _tables.Add(start, table);
                return table;
            }
        }

        return null;
    }

    private Table? Parse(ulong image)
    {
        // DOS header → PE header → optional header (64 bit) → data directories
        Span<byte> head = stackalloc byte[4 + 20 + 112 + (16 * 8)];
        if (!memory.Read(image + 0x3C, head[..4]) || !memory.Read(image + U32(head), head) || U32(head) != 0x4550)
        {
            return null;
        }

        bool x64 = BinaryPrimitives.ReadUInt16LittleEndian(head[4..]) is 0x8664 or (0x8664 ^ 0x7B79); // the runtime's PEs for Linux carry the system in the machine
        var directories = head[(4 + 20 + 112)..];
        ulong header = FromManagedHeader(image, U32(directories[(14 * 8)..])) ?? FromExport(image, U32(directories)) ?? 0;
        return header == 0 ? null : FindSection(image, header, x64);
    }

    private ulong? FromManagedHeader(ulong image, uint rva)
    {
        Span<byte> managed = stackalloc byte[72];
        if (rva == 0 || !memory.Read(image + rva, managed))
        {
            return null;
        }

        uint native = U32(managed[64..]);
        return native == 0 ? null : image + native;
    }

    private ulong? FromExport(ulong image, uint rva)
    {
        Span<byte> export = stackalloc byte[40];
        Span<byte> name = stackalloc byte[10];
        if (rva == 0 || !memory.Read(image + rva, export) || U32(export[24..]) == 0
            || !memory.Read(image + U32(export[32..]), name[..4])
            || !memory.Read(image + U32(name), name) || !name.SequenceEqual("RTR_HEADER"u8)
            || !memory.Read(image + U32(export[28..]), name[..4]))
        {
            return null;
        }

        return image + U32(name);
    }

    private Table? FindSection(ulong image, ulong header, bool x64)
    {
        // Signature, version, flags, number of sections; then type, place and size of each.
        Span<byte> head = stackalloc byte[16];
        if (!memory.Read(header, head) || !head[..4].SequenceEqual("RTR\0"u8))
        {
            return null;
        }

        Span<byte> section = stackalloc byte[12];
        int count = (int)Math.Min(U32(head[12..]), MaxSections);
        for (int i = 0; i < count && memory.Read(header + 16 + ((ulong)i * 12), section); i++)
        {
            if (U32(section) == RuntimeFunctionsSection)
            {
                int size = x64 ? 12 : 8;
                return new Table(image, image + U32(section[4..]), (int)(U32(section[8..]) / size), size);
            }
        }

        return null;
    }

    private sealed record Table(ulong Base, ulong Address, int Count, int EntrySize);
}
