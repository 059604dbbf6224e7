using System.IO.Compression;

namespace SelfProfiler.History;

/// <summary>How a section is compressed: piece by piece, so that compressing takes 90 KB of native memory, which the allocator uses again.</summary>
/// <remarks>Not deflate: the runtime's takes 342 KB of aligned memory for each section, which glibc 2.36 does not use for the next one, so that up to
/// 2.4 MB stayed in the arena of the history thread. Sections are as large as with deflate at its best, and made in half of the time.</remarks>
internal static class SectionFormat
{
    public const int Piece = 8 * 1024;
    public const int Quality = 1;
    public const int WindowBits = 16;
}

/// <summary>Writes numbers by columns, so that like stands beside like, and compresses them.</summary>
/// <remarks>A section: its length uncompressed, then pieces, each compressed and with its length before it. Put together they are the length of each
/// column and the columns themselves. Numbers are varints.</remarks>
internal sealed class ColumnWriter(int columns)
{
    private readonly ByteBuffer[] _columns = [.. Enumerable.Range(0, columns).Select(_ => new ByteBuffer())];

    public void Add(int column, long value) => _columns[column].Varint((ulong)value);

    /// <summary>Numbers that may be negative.</summary>
    public void AddSigned(int column, long value) => _columns[column].Varint((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Numbers as they were written.</summary>
    public void Append(int column, ReadOnlySpan<byte> numbers) => _columns[column].Append(numbers);

    /// <summary>The section; the columns are empty afterwards.</summary>
    public byte[] Finish()
    {
        var plain = new ByteBuffer(_columns.Sum(column => column.Length + 10));
        foreach (var column in _columns)
        {
            plain.Varint((ulong)column.Length);
        }

        foreach (var column in _columns)
        {
            plain.Append(column.Written);
            column.Clear();
        }

        var section = new ByteBuffer(Math.Max(64, plain.Length / 2));
        section.Varint((ulong)plain.Length);
        byte[] packed = new byte[BrotliEncoder.GetMaxCompressedLength(SectionFormat.Piece)];
        for (var rest = plain.Written; rest.Length > 0; rest = rest[Math.Min(SectionFormat.Piece, rest.Length)..])
        {
            var piece = rest[..Math.Min(SectionFormat.Piece, rest.Length)];
            if (!BrotliEncoder.TryCompress(piece, packed, out int length, SectionFormat.Quality, SectionFormat.WindowBits))
            {
                throw new InvalidOperationException($"A piece of {piece.Length} bytes could not be compressed.");
            }

            section.Block(packed.AsSpan(0, length));
        }

        return section.Written.ToArray();
    }
}

/// <summary>Reads what a <see cref="ColumnWriter"/> wrote.</summary>
/// <exception cref="InvalidDataException">By any member: the bytes are not a section.</exception>
internal sealed class ColumnReader
{
    /// <summary>The largest windows have a few megabytes; a broken section must not take the memory.</summary>
    private const int Longest = 32 * 1024 * 1024;

    private readonly byte[] _bytes;
    private readonly int[] _at;
    private readonly int[] _end;

    public ColumnReader(byte[] section, int columns)
    {
        int at = 0;
        ulong length = ByteBuffer.Varint(section, ref at);
        if (length > Longest || length > (ulong)section.LongLength * SectionFormat.Piece)
        {
            throw new InvalidDataException($"A section says it is {length} bytes long.");
        }

        _bytes = new byte[(int)length];
        for (var rest = _bytes.AsSpan(); rest.Length > 0; rest = rest[Math.Min(SectionFormat.Piece, rest.Length)..])
        {
            var piece = rest[..Math.Min(SectionFormat.Piece, rest.Length)];
            if (!BrotliDecoder.TryDecompress(ByteBuffer.Block(section, ref at), piece, out int written) || written < piece.Length)
            {
                throw new InvalidDataException("A piece of a section is broken.");
            }
        }

        _at = new int[columns];
        _end = new int[columns];
        at = 0;
        for (int column = 0; column < columns; column++)
        {
            _at[column] = (int)ByteBuffer.Varint(_bytes, ref at);
        }

        for (int column = 0; column < columns; column++)
        {
            int size = _at[column];
            _at[column] = at;
            _end[column] = at += size;
            if (size < 0 || at > _bytes.Length || at < 0)
            {
                throw new InvalidDataException("A column is longer than its section.");
            }
        }
    }

    public long Next(int column) => (long)ByteBuffer.Varint(_bytes, ref _at[column]);

    /// <summary>What has not been read of a column.</summary>
    public ReadOnlySpan<byte> Left(int column) => _bytes.AsSpan(_at[column].._end[column]);

    public long NextSigned(int column) => Next(column) is var value ? (long)((ulong)value >> 1) ^ -(value & 1) : 0;

    /// <summary>A number of things, each of which takes a byte at least.</summary>
    public int NextCount(int column) => Next(column) is var count && count >= 0 && count <= _bytes.Length
        ? (int)count
        : throw new InvalidDataException($"A section of {_bytes.Length} bytes says it has {count} rows.");
}
