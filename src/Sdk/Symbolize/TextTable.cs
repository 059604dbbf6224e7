using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace SelfProfiler.Symbolize;

/// <summary>Interns text as UTF-8 in chunks: the names of tens of thousands of methods without an object for each.</summary>
/// <remarks>Bounded; text beyond the bound becomes id 0, the empty string, and is counted. The pump alone adds.
/// Consumers may read any id they were handed: bytes once written never change.</remarks>
internal sealed class TextTable(int maxBytes)
{
    /// <summary>Longer text is cut.</summary>
    public const int MaxChars = 1_000;

    private const int ChunkBits = 15;
    private const int ChunkSize = 1 << ChunkBits;

    // An id is chunk and offset. At the offset: length as two bytes, then the text.
    // Pump appends; the array is replaced, never changed in its used part, so readers need no lock.
    private volatile byte[][] _chunks = [new byte[256]];

    // Pump only.
    private readonly byte[] _buffer = new byte[MaxChars * 3];
    private int[] _buckets = new int[1024];
    private int _count;
    private int _free = 2;
    private int _last;

    /// <summary>Bytes held, buckets included.</summary>
    public int Bytes { get; private set; } = 256 + 4096;

    /// <summary>Texts kept.</summary>
    public int Count => _count;

    /// <summary>Texts not kept because the table was full.</summary>
    public long Dropped { get; private set; }

    /// <returns>The id of the text; 0 when it is empty or does not fit any more.</returns>
    public int Intern(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        int length = Encoding.UTF8.GetBytes(text.Length > MaxChars ? text[..MaxChars] : text, _buffer);
        return Intern(_buffer.AsSpan(0, length));
    }

    public string Get(int id) => Encoding.UTF8.GetString(Utf8(id));

    /// <summary>Copies a text from another table.</summary>
    public int Copy(TextTable from, int id) => id == 0 ? 0 : Intern(from.Utf8(id));

    private ReadOnlySpan<byte> Utf8(int id)
    {
        byte[] chunk = _chunks[id >> ChunkBits];
        int offset = id & (ChunkSize - 1);
        int length = chunk[offset] | (chunk[offset + 1] << 8);
        return chunk.AsSpan(offset + 2, length);
    }

    private static uint Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = (ulong)text.Length;
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..])
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(text));
        }

        foreach (byte b in text)
        {
            hash = Mix(hash, b);
        }

        return (uint)(hash ^ (hash >> 32));
    }

    private static ulong Mix(ulong hash, ulong value) => BitOperations.RotateLeft((hash ^ value) * 0x9E3779B97F4A7C15, 29);

    private int Intern(ReadOnlySpan<byte> text)
    {
        int slot = Slot(text);
        if (_buckets[slot] != 0)
        {
            return _buckets[slot];
        }

        if (!Reserve(text.Length + 2))
        {
            Dropped++;
            return 0;
        }

        byte[] chunk = _chunks[_last];
        chunk[_free] = (byte)text.Length;
        chunk[_free + 1] = (byte)(text.Length >> 8);
        text.CopyTo(chunk.AsSpan(_free + 2));
        int id = (_last << ChunkBits) | _free;
        _free += text.Length + 2;
        _buckets[slot] = id;
        if (++_count > _buckets.Length / 4 * 3)
        {
            Rehash();
        }

        return id;
    }

    private int Slot(ReadOnlySpan<byte> text)
    {
        int mask = _buckets.Length - 1;
        int slot = (int)(Hash(text) & (uint)mask);
        while (_buckets[slot] != 0 && !Utf8(_buckets[slot]).SequenceEqual(text))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private bool Reserve(int length)
    {
        if (_free + length <= _chunks[_last].Length)
        {
            return true;
        }

        if (Bytes + ChunkSize > maxBytes)
        {
            return false;
        }

        var grown = new byte[_chunks.Length + 1][];
        _chunks.CopyTo(grown, 0);
        grown[^1] = new byte[ChunkSize];
        _chunks = grown;
        _last = grown.Length - 1;
        _free = 0;
        Bytes += ChunkSize;
        return true;
    }

    private void Rehash()
    {
        int[] old = _buckets;
        _buckets = new int[old.Length * 2];
        Bytes += old.Length * sizeof(int);
        foreach (int id in old)
        {
            if (id != 0)
            {
                _buckets[Slot(Utf8(id))] = id;
            }
        }
    }
}
