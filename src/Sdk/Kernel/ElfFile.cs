using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace SelfProfiler.Kernel;

/// <summary>Reads what a profile needs of a 64-bit little-endian ELF file: where segments lie, its build id, its functions. Trusts no number in it.</summary>
internal sealed class ElfFile : IDisposable
{
    private const int HeaderBytes = 64;
    private const int SegmentBytes = 56;
    private const int SectionBytes = 64;
    private const int SymbolBytes = 24;
    private const int MaxSegments = 256;
    private const int MaxSections = 4096;
    private const int MaxSymbolBytes = SymbolTable.MaxSymbols * SymbolBytes;
    private const int MaxNameBytes = 32 << 20;
    private const int MaxNoteBytes = 4096;

    private const uint LoadSegment = 1;
    private const uint NoteSegment = 4;
    private const uint SymbolSection = 2;
    private const uint DynamicSymbolSection = 11;
    private const uint BuildIdNote = 3;

    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly byte[] _header;

    private ElfFile(SafeFileHandle file, byte[] header)
    {
        _file = file;
        _length = RandomAccess.GetLength(file);
        _header = header;
    }

    /// <returns>null when it is not such a file or cannot be read.</returns>
    public static ElfFile? Open(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            // A pipe or a device has no length, and opening it could block.
            if (new FileInfo(path) is not { Exists: true, Length: >= HeaderBytes })
            {
                return null;
            }

            file = File.OpenHandle(path);
            var header = new byte[HeaderBytes];
            if (RandomAccess.Read(file, header, 0) == HeaderBytes && header is [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, ..])
            {
                var result = new ElfFile(file, header);
                file = null;
                return result;
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return null; // no symbols then: addresses are shown as offsets
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>The segments that are loaded: file offset, bytes in the file, address.</summary>
    public List<(ulong Offset, ulong Size, ulong Address)> Loads()
    {
        var result = new List<(ulong, ulong, ulong)>();
        ForEachSegment((type, offset, address, size) =>
        {
            if (type == LoadSegment)
            {
                result.Add((offset, size, address));
            }
        });
        return result;
    }

    /// <summary>Hexadecimal; empty where there is none.</summary>
    public string BuildId()
    {
        var id = "";
        ForEachSegment((type, offset, _, size) =>
        {
            if (type == NoteSegment && id.Length == 0 && Read(offset, size, MaxNoteBytes) is { } notes)
            {
                id = FindBuildId(notes);
            }
        });
        return id;
    }

    /// <summary>The functions of .symtab, or of .dynsym where the file was stripped; null where it has neither.</summary>
    public SymbolTable? Symbols()
    {
        return SectionHeaders() is { } sections ? SymbolsOf(sections, SymbolSection) ?? SymbolsOf(sections, DynamicSymbolSection) : null;
    }

    /// <summary>Without the full table of symbols: what <see cref="Symbols"/> finds then are the exported functions.</summary>
    public bool IsStripped()
    {
        var sections = SectionHeaders() ?? [];
        for (var at = 0; at < sections.Length; at += SectionBytes)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(sections.AsSpan(at + 4)) == SymbolSection)
            {
                return false;
            }
        }

        return true;
    }

    public void Dispose() => _file.Dispose();

    private byte[]? SectionHeaders()
    {
        var count = U16(60);
        return count <= MaxSections && U16(58) == SectionBytes ? Read(U64(40), (ulong)count * SectionBytes, MaxSections * SectionBytes) : null;
    }

    private SymbolTable? SymbolsOf(byte[] sections, uint wanted)
    {
        for (var at = 0; at < sections.Length; at += SectionBytes)
        {
            var section = sections.AsSpan(at, SectionBytes);
            var link = BinaryPrimitives.ReadUInt32LittleEndian(section[40..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != wanted || link >= sections.Length / SectionBytes)
            {
                continue;
            }

            var symbols = ReadSection(section, MaxSymbolBytes);
            var names = ReadSection(sections.AsSpan((int)link * SectionBytes, SectionBytes), MaxNameBytes);
            if (symbols is not null && names is not null && Functions(symbols, names) is { Count: > 0 } table)
            {
                return table;
            }
        }

        return null;
    }

    private static SymbolTable Functions(byte[] symbols, byte[] names)
    {
        const int Function = 2;
        const int IndirectFunction = 10;
        var builder = new SymbolTable.Builder();
        for (var at = 0; at + SymbolBytes <= symbols.Length; at += SymbolBytes)
        {
            var symbol = symbols.AsSpan(at, SymbolBytes);
            var name = BinaryPrimitives.ReadUInt32LittleEndian(symbol);
            var defined = BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]) != 0;
            if ((symbol[4] & 15) is Function or IndirectFunction && defined && name < names.Length
                && !builder.Add(BinaryPrimitives.ReadUInt64LittleEndian(symbol[8..]), BinaryPrimitives.ReadUInt64LittleEndian(symbol[16..]), names.AsSpan((int)name)))
            {
                break;
            }
        }

        return builder.Build();
    }

    private void ForEachSegment(Action<uint, ulong, ulong, ulong> take)
    {
        var count = U16(56);
        if (count > MaxSegments || U16(54) != SegmentBytes || Read(U64(32), (ulong)count * SegmentBytes, MaxSegments * SegmentBytes) is not { } bytes)
        {
            return;
        }

        for (var at = 0; at < bytes.Length; at += SegmentBytes)
        {
            var segment = bytes.AsSpan(at, SegmentBytes);
            take(
                BinaryPrimitives.ReadUInt32LittleEndian(segment),
                BinaryPrimitives.ReadUInt64LittleEndian(segment[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(segment[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(segment[32..]));
        }
    }

    private static string FindBuildId(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 16)
        {
            var nameBytes = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            var idBytes = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            if (nameBytes > 64 || idBytes > MaxNoteBytes)
            {
                return "";
            }

            var idAt = 12 + (int)((nameBytes + 3) & ~3u);
            var next = idAt + (int)((idBytes + 3) & ~3u);
            if (next > notes.Length)
            {
                return "";
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]) == BuildIdNote && notes[12..].StartsWith("GNU\0"u8))
            {
                return Convert.ToHexStringLower(notes.Slice(idAt, (int)Math.Min(idBytes, 64)));
            }

            notes = notes[next..];
        }

        return "";
    }

    private byte[]? ReadSection(ReadOnlySpan<byte> section, int most) =>
        Read(BinaryPrimitives.ReadUInt64LittleEndian(section[24..]), BinaryPrimitives.ReadUInt64LittleEndian(section[32..]), most);

    /// <returns>null when the range is empty, too large, or not inside the file.</returns>
    private byte[]? Read(ulong offset, ulong size, int most)
    {
        if (size == 0 || size > (ulong)most || offset > (ulong)_length || size > (ulong)_length - offset)
        {
            return null;
        }

        try
        {
            var bytes = new byte[size];
            var got = 0;
            while (got < bytes.Length && RandomAccess.Read(_file, bytes.AsSpan(got), (long)offset + got) is > 0 and var more)
            {
                got += more;
            }

            return got == bytes.Length ? bytes : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // as if the table were not there
        }
    }

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_header.AsSpan(at));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_header.AsSpan(at));
}
