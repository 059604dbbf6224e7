using System.Runtime.InteropServices;

namespace SelfProfiler.Kernel;

/// <summary>Takes the records apart that the kernel writes for our events; offsets follow the sample type in <see cref="PerfEventAttr.Sampling"/>.</summary>
internal static class PerfRecord
{
    public const int HeaderBytes = 8;

    /// <summary>Of the process id in a SAMPLE record, the thread id behind it.</summary>
    public const int ProcessOffset = 16;

    public const uint Lost = 2;
    public const uint Exit = 4;
    public const uint Throttle = 5;
    public const uint Fork = 7;
    public const uint Sample = 9;
    public const uint LostSamples = 13;

    /// <summary>Chain entries from here up are markers, not addresses.</summary>
    public const ulong FirstMarker = 0xffff_ffff_ffff_f001;
    public const ulong KernelMarker = 0xffff_ffff_ffff_ff80;
    public const ulong UserMarker = 0xffff_ffff_ffff_fe00;

    /// <summary>A program's code lies neither in the first page nor beyond the largest address space that x86-64 and arm64 give it.</summary>
    private const ulong FirstUserCode = 4096;
    private const ulong EndOfUserCode = 1ul << 56;

    private const int ModeMask = 7;
    private const int KernelMode = 1;

    public static uint Type(ReadOnlySpan<byte> record) => MemoryMarshal.Read<uint>(record);

    /// <summary>The sample was taken inside the kernel.</summary>
    public static bool InKernel(ReadOnlySpan<byte> record) => (MemoryMarshal.Read<ushort>(record[4..]) & ModeMask) == KernelMode;

    /// <summary>
    /// How many of a user chain's addresses, from its leaf on, may be code. Where a library uses the frame pointer for something else, the kernel
    /// takes whatever lies there for a return address (seen: the bytes of instructions), and what it finds beyond that is worth nothing.
    /// </summary>
    public static int UserCode(ReadOnlySpan<ulong> chain)
    {
        var count = 0;
        while (count < chain.Length && chain[count] is >= FirstUserCode and < EndOfUserCode)
        {
            count++;
        }

        return count;
    }

    /// <summary>How many records a LOST or LOST_SAMPLES record stands for.</summary>
    public static ulong LostCount(ReadOnlySpan<byte> record)
    {
        var at = Type(record) == Lost ? 16 : 8;
        return record.Length >= at + 8 ? MemoryMarshal.Read<ulong>(record[at..]) : 1;
    }

    /// <summary>The thread that a FORK or EXIT record is about: u32 pid, parent's pid, tid, parent's tid, then the time.</summary>
    public static int TaskThread(ReadOnlySpan<byte> record) => record.Length >= 24 ? MemoryMarshal.Read<int>(record[16..]) : 0;

    /// <returns>false when the record is shorter than it says.</returns>
    public static bool TryReadSample(ReadOnlySpan<byte> record, PerfAbi abi, bool hasStack, out PerfSample sample)
    {
        const int Fixed = 48; // header, ip, pid + tid, time, id, number of chain entries
        sample = default;
        if (record.Length < Fixed)
        {
            return false;
        }

        var entries = MemoryMarshal.Read<ulong>(record[40..]);
        if (entries > (ulong)(record.Length - Fixed) / 8)
        {
            return false;
        }

        var rest = record[(Fixed + ((int)entries * 8))..];
        sample = new PerfSample
        {
            InKernel = InKernel(record),
            Ip = MemoryMarshal.Read<ulong>(record[8..]),
            Process = MemoryMarshal.Read<int>(record[ProcessOffset..]),
            Thread = MemoryMarshal.Read<int>(record[20..]),
            Time = MemoryMarshal.Read<long>(record[24..]),
            Id = MemoryMarshal.Read<ulong>(record[32..]),
            Chain = MemoryMarshal.Cast<byte, ulong>(record.Slice(Fixed, (int)entries * 8)),
        };
        return TryReadUserState(rest, abi, hasStack, ref sample);
    }

    /// <summary>u64 abi, the registers unless abi is 0; u64 size, the bytes, u64 bytes copied unless size is 0.</summary>
    private static bool TryReadUserState(ReadOnlySpan<byte> rest, PerfAbi abi, bool hasStack, ref PerfSample sample)
    {
        if (rest.Length < 8)
        {
            return false;
        }

        var kind = MemoryMarshal.Read<ulong>(rest);
        rest = rest[8..];
        if (kind != 0)
        {
            var bytes = abi.RegisterCount * 8;
            if (rest.Length < bytes)
            {
                return false;
            }

            sample.Registers = MemoryMarshal.Cast<byte, ulong>(rest[..bytes]);
            rest = rest[bytes..];
        }

        if (!hasStack || rest.Length < 8)
        {
            return !hasStack;
        }

        var size = MemoryMarshal.Read<ulong>(rest);
        if (size == 0)
        {
            return true;
        }

        if (rest.Length < 16 || size > (ulong)(rest.Length - 16))
        {
            return false;
        }

        var copied = MemoryMarshal.Read<ulong>(rest[(8 + (int)size)..]);
        sample.Stack = rest.Slice(8, (int)Math.Min(copied, size) & ~7);
        return true;
    }
}

/// <summary>A SAMPLE record; valid as long as its ring's pass.</summary>
internal ref struct PerfSample
{
    public bool InKernel;
    public ulong Ip;
    public int Process;
    public int Thread;
    public long Time;
    public ulong Id;
    public ReadOnlySpan<ulong> Chain;

    /// <summary>In the order of <see cref="PerfAbi"/>; empty when the kernel had none.</summary>
    public ReadOnlySpan<ulong> Registers;

    /// <summary>The bytes from the stack pointer up, as far as they were copied.</summary>
    public ReadOnlySpan<byte> Stack;
}
