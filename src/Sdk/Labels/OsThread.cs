using System.Runtime.InteropServices;
using SelfProfiler.Diagnostics;

namespace SelfProfiler.Labels;

/// <summary>The operating system's thread id, as samples carry it, and whether such a thread still lives.</summary>
internal static unsafe partial class OsThread
{
    private const int NoSuchProcess = 3;

    private static readonly delegate*<int> _current = Choose();
    private static readonly int _process = Environment.ProcessId;
    private static readonly bool _canAsk = CanAsk();

    /// <summary>Called where nothing may block, allocate or throw: <see cref="Touch"/> must have run before.</summary>
    public static int CurrentId() => _current();

    /// <summary>Binds the native entry points, so that their first use is not inside a handler.</summary>
    public static void Touch()
    {
        _ = CurrentId();
        _ = HasEnded(CurrentId());
    }

    /// <summary>True only when it is certain that this process has no such thread.</summary>
    public static bool HasEnded(int thread) =>
        _canAsk && ThreadKill(_process, thread, 0) != 0 && Marshal.GetLastPInvokeError() == NoSuchProcess;

    private static delegate*<int> Choose()
    {
        if (OperatingSystem.IsWindows())
        {
            return &Windows;
        }

        if (OperatingSystem.IsMacOS())
        {
            return &MacOS;
        }

        if (!OperatingSystem.IsLinux())
        {
            return &Managed;
        }

        try
        {
            _ = GetThreadId();
            return &Linux;
        }
        catch (EntryPointNotFoundException)
        {
            return &Libc.ThreadId; // a C library from before 2019
        }
    }

    private static bool CanAsk()
    {
        try
        {
            return OperatingSystem.IsLinux() && ThreadKill(_process, GetThreadId(), 0) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // threads' ends are noticed later, when their objects are collected
        }
    }

    private static int Linux() => GetThreadId();

    private static int Windows() => (int)GetCurrentThreadId();

    private static int MacOS()
    {
        ulong id;
        return PThreadId(0, &id) == 0 ? (int)id : 0;
    }

    private static int Managed() => Environment.CurrentManagedThreadId;

    [LibraryImport("libc", EntryPoint = "gettid")]
    [SuppressGCTransition]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "tgkill", SetLastError = true)]
    private static partial int ThreadKill(int process, int thread, int signal);

    [LibraryImport("libc", EntryPoint = "pthread_threadid_np")]
    [SuppressGCTransition]
    private static partial int PThreadId(nint thread, ulong* id);

    [LibraryImport("kernel32", EntryPoint = "GetCurrentThreadId")]
    [SuppressGCTransition]
    private static partial uint GetCurrentThreadId();
}
