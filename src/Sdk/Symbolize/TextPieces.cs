using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace SelfProfiler.Symbolize;

/// <summary>The words that names of methods are made of, each once and with a small number: <c>System.</c>, <c>Collections.</c>, <c>class </c>.</summary>
/// <remarks>The pump alone adds; any thread reads numbers it was handed.</remarks>
internal sealed class TextPieces
{
    /// <summary>Longer words are several pieces.</summary>
    private const int MaxPiece = 127;

    private const int PageBits = 10;

    private static readonly SearchValues<byte> _ends = SearchValues.Create(" .,()<>[]+&`_"u8);

    private readonly TextChunks _bytes = new();

    // Which run of bytes each piece is; replaced when it grows, never changed in its used part.
    private volatile int[][] _runs = [];

    // Pump only.
    private int[] _buckets = new int[512]; // open addressing: one more than the number of a piece
    private int _count;

    /// <summary>Bytes held, buckets included.</summary>
    public int Bytes => _bytes.Bytes + (sizeof(int) * (_buckets.Length + (_runs.Length << PageBits)));

    public ReadOnlySpan<byte> this[int piece] => _bytes[_runs[piece >> PageBits][piece & ((1 << PageBits) - 1)]];

    /// <summary>The length of the first piece of a text: a word with the sign that ends it.</summary>
    public static int FirstOf(ReadOnlySpan<byte> text)
    {
        int end = text.Length > MaxPiece ? text[..MaxPiece].IndexOfAny(_ends) : text.IndexOfAny(_ends);
        return end >= 0 ? end + 1 : Math.Min(text.Length, MaxPiece);
    }

    public static uint Hash(ReadOnlySpan<byte> text)
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

    /// <param name="piece">As <see cref="FirstOf"/> cuts it.</param>
    /// <param name="room">Bytes there are for more pieces.</param>
    /// <returns>The number of the piece; -1 when there is no room for it.</returns>
    public int Intern(ReadOnlySpan<byte> piece, int room)
    {
        int slot = Slot(piece);
        if (_buckets[slot] != 0)
        {
            return _buckets[slot] - 1;
        }

        int run = _bytes.Add(piece, room);
        if (run == 0)
        {
            return -1;
        }

        if (_count >> PageBits == _runs.Length)
        {
            _runs = [.. _runs, new int[1 << PageBits]];
        }

        _runs[_count >> PageBits][_count & ((1 << PageBits) - 1)] = run;
        _buckets[slot] = ++_count;
        if (_count > _buckets.Length / 4 * 3)
        {
            Rehash();
        }

        return _count - 1;
    }

    private static ulong Mix(ulong hash, ulong value) => BitOperations.RotateLeft((hash ^ value) * 0x9E3779B97F4A7C15, 29);

    private int Slot(ReadOnlySpan<byte> piece)
    {
        int mask = _buckets.Length - 1;
        int slot = (int)(Hash(piece) & (uint)mask);
        while (_buckets[slot] != 0 && !this[_buckets[slot] - 1].SequenceEqual(piece))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Rehash()
    {
        int[] old = _buckets;
        _buckets = new int[old.Length * 2];
        foreach (int bucket in old)
        {
            if (bucket != 0)
            {
                _buckets[Slot(this[bucket - 1])] = bucket;
            }
        }
    }
}
