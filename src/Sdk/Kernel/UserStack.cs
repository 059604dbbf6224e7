using System.Runtime.InteropServices;

namespace SelfProfiler.Kernel;

/// <summary>The piece of a thread's stack that the kernel copied with a sample, by address.</summary>
internal readonly ref struct UserStack(ulong pointer, ReadOnlySpan<byte> bytes)
{
    /// <summary>Larger than any stack: a frame pointer farther away was not one.</summary>
    private const ulong MaxStack = 64 << 20;

    private readonly ReadOnlySpan<ulong> _words = MemoryMarshal.Cast<byte, ulong>(bytes);

    /// <summary>The first address copied.</summary>
    public ulong Pointer => pointer;

    /// <summary>The first address not copied.</summary>
    public ulong End => pointer + ((ulong)_words.Length * 8);

    public bool TryRead(ulong address, out ulong value)
    {
        var index = (address - pointer) / 8;
        if (address < pointer || (address & 7) != 0 || index >= (ulong)_words.Length)
        {
            value = 0;
            return false;
        }

        value = _words[(int)index];
        return true;
    }

    /// <summary>A frame pointer must lie above <paramref name="above"/> and not absurdly far.</summary>
    public static bool IsPlausibleFrame(ulong frame, ulong above) => frame >= above && frame - above < MaxStack && (frame & 7) == 0;
}
