using System.Runtime.InteropServices;

namespace SelfProfiler.Decode;

/// <summary>
/// The stacks that events may refer to: those since the last sequence point. The runtime counts them from 1 and starts
/// again at each sequence point; what is over the bounds reads as no stack.
/// </summary>
internal sealed class StackTable
{
    private const int InitialStacks = 64;
    private const int InitialAddresses = 512; // sessions without stacks have a table too
    private const int ExceptionalAddresses = 256 * 1_024;

    // Pump only. Stack number n has the addresses _ends[n - _first - 1].._ends[n - _first], with an end of 0 before the first.
    private int[] _ends = new int[InitialStacks];
    private ulong[] _addresses = new ulong[InitialAddresses];
    private int _first;
    private int _count;

    /// <returns>False when the stack is not known.</returns>
    public bool TryFind(int id, out ReadOnlySpan<ulong> stack)
    {
        var index = unchecked((uint)(id - _first));
        if (index >= (uint)_count)
        {
            stack = default;
            return false;
        }

        var start = index == 0 ? 0 : _ends[index - 1];
        stack = _addresses.AsSpan(start, _ends[index] - start);
        return true;
    }

    /// <summary>Forgets all stacks, and the memory of an exceptional interval.</summary>
    public void Clear()
    {
        var used = _count == 0 ? 0 : _ends[_count - 1];
        if (_addresses.Length > ExceptionalAddresses && used < _addresses.Length / 8)
        {
            _addresses = new ulong[_addresses.Length / 2];
        }

        _count = 0;
    }

    /// <summary>Reads one StackBlock.</summary>
    /// <returns>False when it contradicts the format; the stacks before the fault stay.</returns>
    public bool Add(ReadOnlySpan<byte> body, int pointerSize, DecodeCounters counters)
    {
        var cursor = new BlockCursor(body);
        var first = cursor.I32();
        var count = cursor.I32();
        if (cursor.Failed || first < 0 || count < 0)
        {
            return false;
        }

        Align(first, counters);
        for (var i = 0; i < count; i++)
        {
            var size = cursor.I32();
            var bytes = cursor.Bytes(size);
            if (cursor.Failed || size % pointerSize != 0)
            {
                return false;
            }

            Append(bytes, pointerSize, counters);
        }

        return cursor.Remaining == 0;
    }

    // Blocks follow one another without gaps unless one was skipped: then what came before is out of reach of the numbering.
    private void Align(int first, DecodeCounters counters)
    {
        if (_count > 0 && first == _first + _count)
        {
            return;
        }

        // The gap of a skipped block reads as no stacks when it is small; older stacks stay known.
        var gap = (long)first - ((long)_first + _count);
        if (_count > 0 && gap > 0 && _count + gap <= DecodeLimits.MaxStacks)
        {
            for (var i = 0; i < gap; i++)
            {
                Append(default, sizeof(ulong), counters);
            }

            return;
        }

        _first = first;
        _count = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes, int pointerSize, DecodeCounters counters)
    {
        if (_count == DecodeLimits.MaxStacks)
        {
            counters.AddDroppedStack();
            return;
        }

        var used = _count == 0 ? 0 : _ends[_count - 1];
        var length = bytes.Length / pointerSize;
        if (used + length > DecodeLimits.MaxStackAddresses)
        {
            counters.AddDroppedStack();
            length = 0;
        }

        if (used + length > _addresses.Length)
        {
            Array.Resize(ref _addresses, Math.Min(DecodeLimits.MaxStackAddresses, Math.Max(used + length, _addresses.Length * 2)));
        }

        if (_count == _ends.Length)
        {
            Array.Resize(ref _ends, Math.Min(DecodeLimits.MaxStacks, _ends.Length * 2));
        }

        Copy(bytes, pointerSize, _addresses.AsSpan(used, length));
        _ends[_count++] = used + length;
    }

    private static void Copy(ReadOnlySpan<byte> bytes, int pointerSize, Span<ulong> to)
    {
        if (pointerSize == sizeof(ulong))
        {
            bytes[..(to.Length * sizeof(ulong))].CopyTo(MemoryMarshal.AsBytes(to));
            return;
        }

        var narrow = MemoryMarshal.Cast<byte, uint>(bytes);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = narrow[i];
        }
    }
}
