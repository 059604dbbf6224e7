using System.Runtime.InteropServices;

namespace SelfProfiler.Kernel;

/// <summary>The system calls of this folder, blocking and plain: none of them goes through the runtime's own I/O, which the pump must not touch.</summary>
internal static unsafe partial class Libc
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int E2BIG = 7;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EFAULT = 14;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ENOSYS = 38;
    public const int EOPNOTSUPP = 95;

    public const int ReadOnly = 0;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const int ProtRead = 1;
    public const int ProtWrite = 2;
    public const int MapShared = 1;
    public const int LimitDescriptors = 7;

    private const int PerfFlagCloseOnExec = 8;
    private const int EventsDisable = 31;
    private const int EventsEnable = 32;

    public const ulong IocEnable = 0x2400;
    public const ulong IocDisable = 0x2401;
    public const ulong IocSetOutput = 0x2405;
    public const ulong IocId = 0x8008_2407;

    public static int PageSize { get; } = Environment.SystemPageSize;

    /// <returns>A descriptor, or minus the error number.</returns>
    public static int PerfEventOpen(PerfAbi abi, in PerfEventAttr attr, int thread, int cpu)
    {
        fixed (PerfEventAttr* p = &attr)
        {
            var fd = Syscall(abi.PerfEventOpen, (nint)p, thread, cpu, -1, PerfFlagCloseOnExec);
            return fd >= 0 ? (int)fd : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>The calling thread's id, 0 on a processor without a row in <see cref="PerfAbi"/>.</summary>
    public static int CurrentThread() => PerfAbi.Current is { } abi ? (int)Syscall(abi.GetThreadId, 0, 0, 0, 0, 0) : 0;

    /// <returns>Bytes of <c>linux_dirent64</c> records, 0 at the end, or minus the error number.</returns>
    public static int ReadDirectory(PerfAbi abi, int fd, byte* buffer, int length)
    {
        var bytes = Syscall(abi.GetDirectoryEntries, fd, (nint)buffer, length, 0, 0);
        return bytes >= 0 ? (int)bytes : -Marshal.GetLastPInvokeError();
    }

    /// <returns>What the call returns, -1 for every error.</returns>
    public static nint Call(int number, nint a, nint b, nint c) => Syscall(number, a, b, c, 0, 0);

    /// <summary>Turns all events that the calling thread opened on or off, whatever threads they watch, inherited ones too: one call.</summary>
    public static void SwitchEvents(bool on) => _ = Control(on ? EventsEnable : EventsDisable, 0, 0, 0, 0);

    /// <summary>Waits without the runtime's timers.</summary>
    public static void Pause(int milliseconds) => _ = Poll(0, 0, milliseconds);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(nint descriptors, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int fd, ulong request, nint argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint ReadAt(int fd, byte* buffer, nuint length, nint offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, nint buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial nint Seek(int fd, nint offset, int whence);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* descriptors, int flags);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, ulong* currentAndMaximum);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    public static partial int GetAffinity(int thread, nuint length, byte* mask);
}
