using System.IO.Compression;

namespace SelfProfiler.History;

/// <summary>Writes numbers by columns, so that like stands beside like, and compresses them.</summary>
/// <remarks>A section: its length uncompressed, then, compressed, the length of each column and the columns themselves; everything as varints.</remarks>
internal sealed class ColumnWriter(int columns)
{
    private readonly ByteBuffer[] _columns = [.. Enumerable.Range(0, columns).Select(_ => new ByteBuffer())];

    public void Add(int column, long value) => _columns[column].Varint((ulong)value);

    /// <summary>Numbers that may be negative.</summary>
    public void AddSigned(int column, long value) => _columns[column].Varint((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>The section; the columns are empty afterwards.</summary>
    public byte[] Finish()
    {
        var plain = new ByteBuffer();
        foreach (var column in _columns)
        {
            plain.Varint((ulong)column.Length);
        }

        foreach (var column in _columns)
        {
            plain.Append(column.Written);
            column.Clear();
        }

        var output = new MemoryStream((plain.Length / 2) + 16);
        var head = new ByteBuffer();
        head.Varint((ulong)plain.Length);
        output.Write(head.Written);
        using (var deflate = new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(plain.Written);
        }

        return output.ToArray();
    }
}

/// <summary>Reads what a <see cref="ColumnWriter"/> wrote.</summary>
/// <exception cref="InvalidDataException">By any member: the bytes are not a section.</exception>
internal sealed class ColumnReader
{
    /// <summary>No section of a window comes near; a broken one must not take the memory.</summary>
    private const int Longest = 256 * 1024 * 1024;

    private readonly byte[] _bytes;
    private readonly int[] _at;

    public ColumnReader(byte[] section, int columns)
    {
        int at = 0;
        ulong length = ByteBuffer.Varint(section, ref at);
        if (length > Longest || length > (ulong)section.LongLength * 1_100)
        {
            throw new InvalidDataException($"A section says it is {length} bytes long.");
        }

        _bytes = new byte[(int)length];
        using (var inflate = new DeflateStream(new MemoryStream(section, at, section.Length - at), CompressionMode.Decompress))
        {
            if (inflate.ReadAtLeast(_bytes, _bytes.Length, throwOnEndOfStream: false) < _bytes.Length)
            {
                throw new InvalidDataException("A section ends before its end.");
            }
        }

        _at = new int[columns];
        at = 0;
        for (int column = 0; column < columns; column++)
        {
            _at[column] = (int)ByteBuffer.Varint(_bytes, ref at);
        }

        for (int column = 0; column < columns; column++)
        {
            int size = _at[column];
            _at[column] = at;
            at += size;
            if (size < 0 || at > _bytes.Length || at < 0)
            {
                throw new InvalidDataException("A column is longer than its section.");
            }
        }
    }

    public long Next(int column) => (long)ByteBuffer.Varint(_bytes, ref _at[column]);

    public long NextSigned(int column) => Next(column) is var value ? (long)((ulong)value >> 1) ^ -(value & 1) : 0;

    /// <summary>A number of things, each of which takes a byte at least.</summary>
    public int NextCount(int column) => Next(column) is var count && count >= 0 && count <= _bytes.Length
        ? (int)count
        : throw new InvalidDataException($"A section of {_bytes.Length} bytes says it has {count} rows.");
}
