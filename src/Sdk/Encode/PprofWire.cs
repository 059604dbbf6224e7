using Google.Protobuf;

namespace SelfProfiler.Encode;

/// <summary>Field-level protobuf writing: numbers, strings, and the heads of messages whose size is known beforehand.</summary>
internal readonly struct PprofWire(CodedOutputStream output)
{
    public static int Varint(long value) => CodedOutputStream.ComputeUInt64Size((ulong)value);

    /// <summary>Bytes a number takes with its tag; none for zero, which proto3 leaves out.</summary>
    public static int Size(int field, long value) => value == 0 ? 0 : CodedOutputStream.ComputeTagSize(field) + Varint(value);

    public static int SizeOfMessage(int field, int size) => CodedOutputStream.ComputeTagSize(field) + Varint(size) + size;

    public void Number(int field, long value)
    {
        if (value != 0)
        {
            output.WriteTag(field, WireFormat.WireType.Varint);
            output.WriteUInt64((ulong)value);
        }
    }

    /// <summary>The head of a message or of a packed list; its bytes follow.</summary>
    public void Message(int field, int size)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteLength(size);
    }

    /// <summary>Also when empty: the first string of the table is.</summary>
    public void String(int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    /// <summary>A packed list that is encoded already.</summary>
    public void Bytes(int field, ByteString bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(bytes);
    }

    /// <summary>A number of a packed list.</summary>
    public void Packed(long value) => output.WriteUInt64((ulong)value);
}
