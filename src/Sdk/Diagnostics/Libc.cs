using System.Runtime.InteropServices;

namespace SelfProfiler.Diagnostics;

/// <summary>The few calls of the C library behind the clocks: none allocates, none throws, a negative result is a failure.</summary>
internal static unsafe partial class Libc
{
    public const int ReadOnlyCloexec = 0x80000;
    public const int NoSuchProcess = 3;
    public const int NoSuchFile = 2;

    private const int ProcessCpuClock = 2;
    private const int ThreadCpuClock = 3;
    private const int BootClock = 7;
    private const int Self = 0;
    private const int OpenFilesLimit = 7;

    /// <summary>0 where the number is not known: the list of threads cannot be read then.</summary>
    private static readonly nint _getdents = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 217,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 61,
        Architecture.S390x => 220,
        Architecture.Ppc64le => 202,
        _ => 0,
    };

    private static readonly nint _gettid = !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 186,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 178,
        Architecture.S390x => 236,
        Architecture.Ppc64le => 207,
        _ => 0,
    };

    public static bool CanListDirectories => OperatingSystem.IsLinux() && _getdents != 0;

    /// <summary>CPU time of the whole process, ended threads included.</summary>
    public static long ProcessCpuNs() => Clock(ProcessCpuClock);

    /// <summary>CPU time of the calling thread.</summary>
    public static long ThreadCpuNs() => Clock(ThreadCpuClock);

    /// <summary>Time since boot, suspended time included: the clock of a thread's start.</summary>
    public static long BootNs() => Clock(BootClock);

    /// <summary>Context switches of all threads of the process so far, ended ones included.</summary>
    public static long ContextSwitches()
    {
        Span<long> usage = stackalloc long[18]; // struct rusage: user and system time, then 14 numbers, the last two of which are these
        fixed (long* start = usage)
        {
            return GetUsage(Self, start) == 0 ? usage[16] + usage[17] : 0;
        }
    }

    public static long OpenFiles()
    {
        RLimit limit;
        return GetRLimit(OpenFilesLimit, &limit) == 0 ? (long)Math.Min(limit.Soft, int.MaxValue) : 1024;
    }

    /// <summary>The next entries of a directory, as the kernel lays them out; 0 at the end.</summary>
    public static int ReadDirectory(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)Syscall(_getdents, descriptor, (nint)start, buffer.Length);
        }
    }

    public static bool Rewind(int descriptor) => Seek(descriptor, 0, 0) == 0;

    public static int Open(ReadOnlySpan<byte> zeroTerminatedPath)
    {
        fixed (byte* path = zeroTerminatedPath)
        {
            return OpenPath(path, ReadOnlyCloexec, 0);
        }
    }

    public static int OpenAt(int directory, ReadOnlySpan<byte> zeroTerminatedPath)
    {
        fixed (byte* path = zeroTerminatedPath)
        {
            return OpenPathAt(directory, path, ReadOnlyCloexec, 0);
        }
    }

    /// <summary>Reads from the beginning, so that a kept descriptor gives fresh content each time.</summary>
    public static int ReadFromStart(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)PRead(descriptor, start, buffer.Length, 0);
        }
    }

    /// <summary>The operating system's id of the calling thread; -1 where there is none to be had.</summary>
    public static int ThreadId() => _gettid == 0 ? -1 : (int)Syscall(_gettid, 0, 0, 0);

    private static long Clock(int id)
    {
        TimeSpec time;
        return ClockGetTime(id, &time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : 0;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, TimeSpec* time);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long* usage);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetRLimit(int resource, RLimit* limit);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint first, nint second, nint third);

    [LibraryImport("libc", EntryPoint = "lseek")]
    private static partial nint Seek(int descriptor, nint offset, int origin);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int OpenPath(byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenPathAt(int directory, byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PRead(int descriptor, byte* buffer, nint count, nint offset);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    private struct RLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
