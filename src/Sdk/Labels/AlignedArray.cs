using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SelfProfiler.Labels;

/// <summary>An array whose first element begins a cache line: what is as long as one, or divides it, lies in one and not in two. Never moved by the collector.</summary>
internal readonly struct AlignedArray<T>
    where T : unmanaged
{
    private const int Line = 64;

    private readonly byte[] _bytes;
    private readonly int _first;
    private readonly int _length;

    public AlignedArray(int length)
    {
        _bytes = GC.AllocateArray<byte>((length * Unsafe.SizeOf<T>()) + Line, pinned: true);
        _first = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0) & (Line - 1));
        _length = length;
    }

    public ref T this[int index] => ref Slice(index, 1)[0];

    public Span<T> Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start + (uint)count, (uint)_length);
        ref byte first = ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(_bytes), _first);
        return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref Unsafe.As<byte, T>(ref first), start), count);
    }
}
