using System.Text;

namespace SelfProfiler.Exporter.Otlp;

/// <summary>Protobuf into one growing buffer: what there is one of for each sample is written without an object for each.</summary>
internal sealed class OtlpWriter(int capacity = 64 * 1024)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public static int SizeOf(ulong value) => 1 + (System.Numerics.BitOperations.Log2(value | 1) / 7);

    /// <summary>The head of a message, string or packed list of <paramref name="size"/> bytes, which follow.</summary>
    public void Head(int field, int size)
    {
        Raw(((uint)field << 3) | 2);
        Raw((uint)size);
    }

    public void Message(int field, ReadOnlySpan<byte> message)
    {
        Head(field, message.Length);
        Bytes(message);
    }

    public void Text(int field, string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        Head(field, size);
        Encoding.UTF8.GetBytes(text, Room(size));
        Length += size;
    }

    /// <summary>A number with its field; nothing for zero, as proto3 has it.</summary>
    public void Number(int field, long value)
    {
        if (value != 0)
        {
            Raw((uint)field << 3);
            Raw((ulong)value);
        }
    }

    public static int SizeOfNumber(long value) => value == 0 ? 0 : 1 + SizeOf((ulong)value);

    /// <summary>A number alone, as packed lists hold it.</summary>
    public void Raw(ulong value)
    {
        var room = Room(10);
        var at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            room[at++] = (byte)(value | 0x80);
        }

        room[at++] = (byte)value;
        Length += at;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    private Span<byte> Room(int size)
    {
        if (_bytes.Length - Length < size)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + size));
        }

        return _bytes.AsSpan(Length);
    }
}
