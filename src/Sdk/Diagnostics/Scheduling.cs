using System.Runtime.InteropServices;
using SelfProfiler.Kernel;

namespace SelfProfiler.Diagnostics;

/// <summary>Lets a thread of ours wait for its turn instead of taking the processor from a thread of the application in the middle of its work. Linux.</summary>
/// <remarks>
/// The kernel's class for batch work: the same share of the processors as before, but a thread that wakes up does not interrupt another; it runs on an idle
/// processor at once, else when the running thread's slice is over, one tick (4 ms at 250 Hz) later at most where only that one runs. A lower priority
/// (nice) was tried and left: with 19 it interrupts still less, but on a full machine it has to wait for hundredths of a share.
/// Some seccomp filters kill for these calls (systemd's <c>~@resources</c>): under any filter they are not made.
/// </remarks>
internal static partial class Scheduling
{
    private const int Other = 0;
    private const int Batch = 3;

    /// <summary>What the thread starts gets the ordinary class.</summary>
    private const int ResetOnFork = 0x4000_0000;

    private const int ThisThread = 0;

    /// <summary>For the calling thread. Whoever was given another class than the ordinary one keeps it.</summary>
    /// <returns>It gives way now.</returns>
    public static bool GiveWay() => GiveWay(static () => Sandbox.Read());

    internal static bool GiveWay(Func<Sandbox> look)
    {
        if (!OperatingSystem.IsLinux() || look().Filtered || GetScheduler(ThisThread) != Other)
        {
            return false;
        }

        var priority = 0; // struct sched_param
        return SetScheduler(ThisThread, Batch | ResetOnFork, priority) == 0;
    }

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int GetScheduler(int thread);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}
