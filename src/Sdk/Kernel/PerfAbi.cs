using System.Numerics;
using System.Runtime.InteropServices;

namespace SelfProfiler.Kernel;

/// <summary>What differs between processors: system call numbers and the registers in samples, one row per architecture.</summary>
/// <remarks>Numbers: <c>asm/unistd_64.h</c> for x86-64, <c>asm-generic/unistd.h</c> for arm64. Registers: <c>asm/perf_regs.h</c> of each;
/// the kernel writes them in rising order of their bits. arm64 was reviewed against these headers; nothing of ours has run there.</remarks>
internal sealed class PerfAbi
{
    private static readonly PerfAbi[] All =
    [
        new()
        {
            Architecture = Architecture.X64,
            PerfEventOpen = 298,
            GetThreadId = 186,
            GetDirectoryEntries = 217,
            Clone = 56,
            Prctl = 157,
            ExitGroup = 231,
            Wait4 = 61,
            Kill = 62,
            UserRegisters = 1 << 6 | 1 << 7 | 1 << 8, // BP, SP, IP
            FrameIndex = 0,
            StackIndex = 1,
            LinkIndex = -1,
        },
        new()
        {
            Architecture = Architecture.Arm64,
            PerfEventOpen = 241,
            GetThreadId = 178,
            GetDirectoryEntries = 61,
            Clone = 220,
            Prctl = 167,
            ExitGroup = 94,
            Wait4 = 260,
            Kill = 129,
            UserRegisters = 1UL << 29 | 1UL << 30 | 1UL << 31 | 1UL << 32, // X29 (frame), LR, SP, PC
            FrameIndex = 0,
            StackIndex = 2,
            LinkIndex = 1,
        },
    ];

    /// <summary>The row of this process, null where there is none.</summary>
    public static PerfAbi? Current { get; } = For(RuntimeInformation.ProcessArchitecture);

    public required Architecture Architecture { get; init; }

    public required int PerfEventOpen { get; init; }

    /// <summary>glibc before 2.30 has no function for it.</summary>
    public required int GetThreadId { get; init; }

    /// <summary>glibc before 2.30 has no function for it.</summary>
    public required int GetDirectoryEntries { get; init; }

    public required int Clone { get; init; }

    public required int Prctl { get; init; }

    public required int ExitGroup { get; init; }

    public required int Wait4 { get; init; }

    public required int Kill { get; init; }

    public required ulong UserRegisters { get; init; }

    /// <summary>Index of the frame pointer among the registers written.</summary>
    public required int FrameIndex { get; init; }

    /// <summary>Index of the stack pointer among the registers written.</summary>
    public required int StackIndex { get; init; }

    /// <summary>Index of the link register among those written, or -1 where calls push the return address.</summary>
    public required int LinkIndex { get; init; }

    /// <summary>How many registers a sample holds.</summary>
    public int RegisterCount => BitOperations.PopCount(UserRegisters);

    public static PerfAbi? For(Architecture architecture) => Array.Find(All, row => row.Architecture == architecture);
}
