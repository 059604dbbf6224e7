using System.Text;

namespace SelfProfiler.Symbolize;

/// <summary>Interns text: the names of tens of thousands of methods without an object for each, and the words they are made of once.</summary>
/// <remarks>A text is kept as the numbers of its <see cref="TextPieces"/>, a byte or two each: names of methods and their signatures repeat
/// each other's words, so that they take half of what they would as UTF-8. Bounded; text beyond the bound becomes id 0, the empty string, and is counted.
/// The pump alone adds. Consumers may read any id they were handed.</remarks>
/// <param name="maxBytes">The bound.</param>
/// <param name="dropped">What the table that this one replaces had dropped.</param>
internal sealed class TextTable(int maxBytes, long dropped = 0)
{
    /// <summary>Longer text is cut.</summary>
    public const int MaxChars = 1_000;

    private const int MaxBytes = MaxChars * 3;

    private readonly TextPieces _pieces = new();
    private readonly TextChunks _texts = new();

    // Pump only.
    private readonly byte[] _buffer = new byte[MaxBytes];
    private readonly byte[] _numbers = new byte[MaxBytes * 3]; // a piece for every sign, three bytes for its number
    private int[] _buckets = new int[512]; // open addressing; 0 = free

    /// <summary>Bytes held, buckets included.</summary>
    public int Bytes => _pieces.Bytes + _texts.Bytes + (_buckets.Length * sizeof(int));

    /// <summary>Texts kept.</summary>
    public int Count { get; private set; }

    /// <summary>Texts not kept because the table was full.</summary>
    public long Dropped { get; private set; } = dropped;

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

    public string Get(int id)
    {
        Span<byte> text = stackalloc byte[MaxBytes];
        return Encoding.UTF8.GetString(text[..Write(id, text)]);
    }

    /// <summary>Copies a text from another table.</summary>
    public int Copy(TextTable from, int id) => id == 0 ? 0 : Intern(_buffer.AsSpan(0, from.Write(id, _buffer)));

    /// <returns>How many bytes of UTF-8 it is.</returns>
    private int Write(int id, Span<byte> to)
    {
        if (id == 0)
        {
            return 0;
        }

        int written = 0;
        var numbers = _texts[id];
        for (int at = 0; at < numbers.Length;)
        {
            int number = 0;
            byte next;
            int shift = 0;
            do
            {
                next = numbers[at++];
                number |= (next & 0x7F) << shift;
                shift += 7;
            }
            while (next >= 0x80);

            var piece = _pieces[number];
            piece.CopyTo(to[written..]);
            written += piece.Length;
        }

        return written;
    }

    private int Intern(ReadOnlySpan<byte> text)
    {
        int length = 0;
        while (!text.IsEmpty)
        {
            int end = TextPieces.FirstOf(text);
            int number = _pieces.Intern(text[..end], maxBytes - Bytes);
            if (number < 0)
            {
                Dropped++;
                return 0;
            }

            for (; number >= 0x80; number >>= 7)
            {
                _numbers[length++] = (byte)(number | 0x80);
            }

            _numbers[length++] = (byte)number;
            text = text[end..];
        }

        return Keep(_numbers.AsSpan(0, length));
    }

    private int Keep(ReadOnlySpan<byte> numbers)
    {
        int slot = Slot(numbers);
        if (_buckets[slot] != 0)
        {
            return _buckets[slot];
        }

        int id = _texts.Add(numbers, maxBytes - Bytes);
        if (id == 0)
        {
            Dropped++;
            return 0;
        }

        _buckets[slot] = id;
        if (++Count > _buckets.Length / 4 * 3)
        {
            Rehash();
        }

        return id;
    }

    private int Slot(ReadOnlySpan<byte> numbers)
    {
        int mask = _buckets.Length - 1;
        int slot = (int)(TextPieces.Hash(numbers) & (uint)mask);
        while (_buckets[slot] != 0 && !_texts[_buckets[slot]].SequenceEqual(numbers))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Rehash()
    {
        int[] old = _buckets;
        _buckets = new int[old.Length * 2];
        foreach (int id in old)
        {
            if (id != 0)
            {
                _buckets[Slot(_texts[id])] = id;
            }
        }
    }
}
