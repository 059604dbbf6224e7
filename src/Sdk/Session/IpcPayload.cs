using System.Runtime.InteropServices;

namespace SelfProfiler.Session;

/// <summary>The payload of a diagnostic command as it is written: little-endian numbers and counted UTF-16 strings.</summary>
internal sealed class IpcPayload
{
    private readonly List<byte> _bytes = [];

    public void Bool(bool value) => _bytes.Add(value ? (byte)1 : (byte)0);

    public void UInt32(uint value)
    {
        for (int shift = 0; shift < 32; shift += 8)
        {
            _bytes.Add((byte)(value >> shift));
        }
    }

    public void UInt64(ulong value)
    {
        UInt32((uint)value);
        UInt32((uint)(value >> 32));
    }

    /// <summary>Length in characters with the closing zero, then the characters; the empty string is a bare 0.</summary>
    public void String(string value)
    {
        if (value.Length == 0)
        {
            UInt32(0);
            return;
        }

        UInt32((uint)value.Length + 1);
        foreach (char c in value + '\0')
        {
            _bytes.Add((byte)c);
            _bytes.Add((byte)(c >> 8));
        }
    }

    public byte[] ToArray() => CollectionsMarshal.AsSpan(_bytes).ToArray();
}
