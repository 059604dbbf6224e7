using System.Text;

namespace SelfProfiler.History;

/// <summary>Bytes that grow: varints, strings and raw bytes, and their reading.</summary>
internal sealed class ByteBuffer(int room = 64)
{
    private byte[] _bytes = new byte[room];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Varint(ulong value)
    {
        Room(10);
        for (; value >= 0x80; value >>= 7)
        {
            _bytes[Length++] = (byte)(value | 0x80);
        }

        _bytes[Length++] = (byte)value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Room(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Bytes with their length before them.</summary>
    public void Block(ReadOnlySpan<byte> bytes)
    {
        Varint((ulong)bytes.Length);
        Append(bytes);
    }

    public void Text(string text) => Block(Encoding.UTF8.GetBytes(text));

    /// <exception cref="InvalidDataException">There is no whole number.</exception>
    public static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && (uint)at < (uint)bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException($"A number ends at byte {at} of {bytes.Length}.");
    }

    /// <exception cref="InvalidDataException">There is no whole block.</exception>
    public static ReadOnlySpan<byte> Block(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong length = Varint(bytes, ref at);
        if (length > (ulong)(bytes.Length - at))
        {
            throw new InvalidDataException($"A block of {length} bytes begins at byte {at} of {bytes.Length}.");
        }

        at += (int)length;
        return bytes.Slice(at - (int)length, (int)length);
    }

    public static string Text(ReadOnlySpan<byte> bytes, ref int at) => Encoding.UTF8.GetString(Block(bytes, ref at));

    private void Room(int bytes)
    {
        if (_bytes.Length - Length < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        }
    }
}
