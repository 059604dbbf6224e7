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

    public AlignedArray(int length)
    {
        _bytes = GC.AllocateArray<byte>((length * Unsafe.SizeOf<T>()) + Line, pinned: true);
        _first = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0) & (Line - 1));
        Length = length;
    }

    public int Length { get; }

    public ref T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Length);
            return ref Unsafe.Add(ref Unsafe.As<byte, T>(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(_bytes), _first)), index);
        }
    }
}
