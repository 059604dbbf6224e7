using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SelfProfiler.Kernel;

/// <summary>What a seccomp filter does to a process that calls perf_event_open.</summary>
internal enum TrialOutcome
{
    /// <summary>None has been made yet.</summary>
    Untried,

    /// <summary>It gets an answer.</summary>
    Survives,

    /// <summary>It dies.</summary>
    Dies,

    /// <summary>No trial could be made.</summary>
    Unknown,
}

/// <summary>Finds out what a filter does by letting a child process call, which has the same filter and nothing to lose.</summary>
/// <remarks>
/// The child is a bare copy of this process that makes three system calls and ends. Between them it runs a few instructions of one
/// method that was compiled and run before: no transition between managed and native code, no collection, no lock, no library code
/// but the three-line function <c>syscall</c>. It has no exit signal, so that no handler of the application is bothered.
/// </remarks>
internal static unsafe class SeccompTrial
{
    private const int Dumpable = 4;
    private const int NoHang = 1;
    private const int WaitForClones = unchecked((int)0x8000_0000);
    private const int KillSignal = 9;
    private const int SignalMask = 0x7F;

    /// <summary>Copying the page tables of a large process takes time in which it stands still; at start-up no process is large.</summary>
    private const long MaxResidentPages = 512 << 10;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);
    private static volatile TrialOutcome _outcome;

    /// <summary>One trial in the life of a process, whatever it showed: filters do not change, and the copy is for the start-up.</summary>
    public static TrialOutcome Once(PerfAbi abi) => _outcome != TrialOutcome.Untried ? _outcome : _outcome = Run(abi);

    private static TrialOutcome Run(PerfAbi abi)
    {
        if (ResidentPages() > MaxResidentPages || !NativeLibrary.TryLoad("libc", typeof(SeccompTrial).Assembly, null, out var libc))
        {
            return TrialOutcome.Unknown;
        }

        if (!NativeLibrary.TryGetExport(libc, "syscall", out var address))
        {
            return TrialOutcome.Unknown;
        }

        // The first call goes the whole way up to the fork, which is replaced by a call without effect: afterwards everything is compiled and bound.
        var syscall = (delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, nint, nint, nint, nint>)address;
        _ = CallInChild(syscall, abi.GetThreadId, abi.Prctl, abi.PerfEventOpen, abi.ExitGroup);
        var child = CallInChild(syscall, abi.Clone, abi.Prctl, abi.PerfEventOpen, abi.ExitGroup);
        return child > 0 ? Await(abi, child) : TrialOutcome.Unknown;
    }

    // Optimised from the first call on: only then are the calls plain ones, without a stub that the runtime would have to make in the child.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static nint CallInChild(
        delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, nint, nint, nint, nint> syscall, nint clone, nint prctl, nint perfEventOpen, nint exitGroup)
    {
        var child = syscall(clone, 0, 0, 0, 0, 0);
        if (child != 0)
        {
            return child;
        }

        // The child. No core dump if it is killed; a null pointer instead of attributes, so that nothing is opened.
        _ = syscall(prctl, Dumpable, 0, 0, 0, 0);
        _ = syscall(perfEventOpen, 0, 0, -1, -1, 0);
        _ = syscall(exitGroup, 0, 0, 0, 0, 0);
        return 0;
    }

    private static TrialOutcome Await(PerfAbi abi, nint child)
    {
        var start = Stopwatch.GetTimestamp();
        var status = 0;
        nint ended;
        while ((ended = Libc.Call(abi.Wait4, child, (nint)(&status), WaitForClones | NoHang)) == 0)
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
            {
                _ = Libc.Call(abi.Kill, child, KillSignal, 0);
                _ = Libc.Call(abi.Wait4, child, (nint)(&status), WaitForClones);
                return TrialOutcome.Unknown;
            }

            Libc.Pause(milliseconds: 1);
        }

        if (ended != child)
        {
            return TrialOutcome.Unknown;
        }

        return (status & SignalMask) == 0 ? TrialOutcome.Survives : TrialOutcome.Dies;
    }

    private static long ResidentPages()
    {
        // Pages of the address space, then those resident.
        Span<byte> text = stackalloc byte[128];
        var length = Math.Max(0, SmallFile.Read("/proc/self/statm\0"u8, text));
        var rest = text[..length];
        rest = rest[(rest.IndexOf((byte)' ') + 1)..];
        var end = rest.IndexOf((byte)' ');
        return end > 0 && long.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var pages) ? pages : long.MaxValue;
    }
}
