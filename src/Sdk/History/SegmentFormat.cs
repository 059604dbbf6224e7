using System.Buffers.Binary;
using System.Numerics;

namespace SelfProfiler.History;

/// <summary>A segment: a file of records, each of which has its length and a checksum before it. Only ever appended to.</summary>
internal static class SegmentFormat
{
    public const string Extension = ".profiles";
    public const int HeadBytes = 8;

    /// <summary>No window comes near; a broken length must not take the memory.</summary>
    public const int LongestRecord = 64 * 1024 * 1024;

    /// <summary>The last digit is the version of what follows.</summary>
    public static ReadOnlySpan<byte> Magic => "SPHIST02"u8;

    public static void Head(Span<byte> head, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(head, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], Checksum(payload));
    }

    /// <summary>CRC-32C.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (byte rest in bytes)
        {
            sum = BitOperations.Crc32C(sum, rest);
        }

        return ~sum;
    }
}
