using SelfProfiler.Decode;

namespace SelfProfiler.Symbolize;

/// <summary>Native offset to IL offset of one body, packed: sorted by native offset, differences as variable-length numbers.</summary>
internal static class PackedILMap
{
    /// <summary>A body with more entries keeps the first ones only.</summary>
    private const int MaxEntries = 1_024;

    // The runtime marks code without a place in the IL: prolog, epilog, no mapping.
    private const int Prolog = -2;

    /// <returns>Null when the map says nothing.</returns>
    public static byte[]? Pack(in ILMap map)
    {
        int count = Math.Min(Math.Min(map.ILOffsets.Length, map.NativeOffsets.Length), MaxEntries);
        Span<long> entries = stackalloc long[MaxEntries];
        int used = 0;
        for (int i = 0; i < count; i++)
        {
            int il = map.ILOffsets[i] == Prolog ? 0 : map.ILOffsets[i];
            if (il >= 0 && map.NativeOffsets[i] >= 0)
            {
                entries[used++] = ((long)map.NativeOffsets[i] << 32) | (uint)il;
            }
        }

        if (used == 0)
        {
            return null;
        }

        entries = entries[..used];
        entries.Sort();
        return Write(entries);
    }

    /// <returns>The native offset of the last entry: one behind the end of a body says that the map is another body's.</returns>
    public static uint Last(byte[] packed)
    {
        uint native = 0;
        for (int position = 0; position < packed.Length;)
        {
            native += Read(packed, ref position);
            _ = Read(packed, ref position);
        }

        return native;
    }

    /// <returns>The IL offset of the last entry at or before the native offset, or -1.</returns>
    public static int Find(byte[] packed, uint nativeOffset)
    {
        int found = -1;
        int position = 0;
        long native = 0;
        int il = 0;
        while (position < packed.Length)
        {
            native += Read(packed, ref position);
            int difference = (int)Read(packed, ref position);
            il += (difference >> 1) ^ -(difference & 1);
            if (native > nativeOffset)
            {
                break;
            }

            found = il;
        }

        return found;
    }

    private static byte[] Write(ReadOnlySpan<long> entries)
    {
        Span<byte> buffer = stackalloc byte[MaxEntries * 10];
        int length = 0;
        uint lastNative = 0;
        int lastIL = 0;
        foreach (long entry in entries)
        {
            uint native = (uint)(entry >> 32);
            int il = (int)entry;
            Append(buffer, ref length, native - lastNative);
            int difference = il - lastIL;
            Append(buffer, ref length, (uint)((difference << 1) ^ (difference >> 31)));
            (lastNative, lastIL) = (native, il);
        }

        return buffer[..length].ToArray();
    }

    private static void Append(Span<byte> buffer, ref int length, uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            buffer[length++] = (byte)(value | 0x80);
        }

        buffer[length++] = (byte)value;
    }

    private static uint Read(byte[] packed, ref int position)
    {
        uint value = 0;
        for (int shift = 0; position < packed.Length; shift += 7)
        {
            byte b = packed[position++];
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                break;
            }
        }

        return value;
    }
}
