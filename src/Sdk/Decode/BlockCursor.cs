using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SelfProfiler.Decode;

/// <summary>
/// Reads numbers and strings from a block or a payload. It never throws: past the end everything is zero and empty, and
/// <see cref="Failed"/> says so, which the caller asks once per record.
/// </summary>
internal ref struct BlockCursor(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    public bool Failed { get; private set; }

    public readonly int Remaining => _rest.Length;

    public byte U8()
    {
        if (_rest.IsEmpty)
        {
            return (byte)Fail();
        }

        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public ushort U16()
    {
        if (!BinaryPrimitives.TryReadUInt16LittleEndian(_rest, out var value))
        {
            return (ushort)Fail();
        }

        _rest = _rest[2..];
        return value;
    }

    public uint U32()
    {
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(_rest, out var value))
        {
            return (uint)Fail();
        }

        _rest = _rest[4..];
        return value;
    }

    public int I32() => (int)U32();

    public ulong U64()
    {
        if (!BinaryPrimitives.TryReadUInt64LittleEndian(_rest, out var value))
        {
            return (ulong)Fail();
        }

        _rest = _rest[8..];
        return value;
    }

    public long I64() => (long)U64();

    public double F64() => BitConverter.UInt64BitsToDouble(U64());

    public ulong Pointer(int size) => size == 4 ? U32() : U64();

    public uint VarU32() => (uint)Var(maxBytes: 5);

    public ulong VarU64() => Var(maxBytes: 10);

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            Fail();
            return default;
        }

        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    public void Skip(int count) => Bytes(count);

    /// <summary>A zero-terminated UTF-16 string. The span may be unaligned, which the processors .NET runs on allow.</summary>
    public ReadOnlySpan<char> Text()
    {
        var chars = MemoryMarshal.Cast<byte, char>(_rest);
        var length = chars.IndexOf('\0');
        if (length < 0)
        {
            Fail();
            return default;
        }

        _rest = _rest[((length + 1) * sizeof(char))..];
        return chars[..length];
    }

    public ReadOnlySpan<int> Int32s(int count) => MemoryMarshal.Cast<byte, int>(Bytes(count * sizeof(int)));

    // Seven bits per byte, least significant first; bits beyond the width of the number are dropped, as the runtime's readers do.
    private ulong Var(int maxBytes)
    {
        ulong value = 0;
        var length = Math.Min(_rest.Length, maxBytes);
        for (var i = 0; i < length; i++)
        {
            var b = _rest[i];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        return (ulong)Fail();
    }

    private int Fail()
    {
        Failed = true;
        _rest = default;
        return 0;
    }
}
