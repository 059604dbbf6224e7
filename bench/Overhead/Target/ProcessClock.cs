using System.Globalization;
using System.Runtime.InteropServices;

namespace SelfProfiler.Bench.Overhead.Target;

/// <summary>What the operating system knows of another process: CPU time to the nanosecond, anonymous memory, what a profiler in it holds.</summary>
internal sealed partial class ProcessClock(int process)
{
    /// <summary>User and kernel time of all threads, ended ones included.</summary>
    public long CpuNs()
    {
        // The clock of a process has a number made from its id (MAKE_PROCESS_CPUCLOCK with CPUCLOCK_SCHED).
        var clock = (~process << 3) | 2;
        return ClockGetTime(clock, out var time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : throw new InvalidOperationException($"Process {process} has no clock.");
    }

    public double RssAnonMegabytes()
    {
        var line = File.ReadLines($"/proc/{process}/status").First(text => text.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }

    /// <summary>A session of the runtime or perf events are open: something profiles.</summary>
    public bool IsProfiled()
    {
        // One thread of this name is the runtime's diagnostic server, which always runs.
        var sessions = Directory.GetDirectories($"/proc/{process}/task").Count(task => Text($"{task}/comm").StartsWith(".NET EventPipe", StringComparison.Ordinal));
        return sessions > 1 || Directory.GetFiles($"/proc/{process}/fd").Any(file => new FileInfo(file).LinkTarget?.Contains("perf_event", StringComparison.Ordinal) == true);
    }

    /// <summary>Of a file of the process; empty where what it tells of has ended.</summary>
    public static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return ""; // The thread ended.
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
