using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SelfProfiler.SessionCycles;

/// <summary>The process's memory as the kernel, the allocator and the collector see it, after a full collection.</summary>
internal static partial class MemoryReading
{
    public const string Header = "cycles,seconds,rss_anon_kb,malloc_used_kb,malloc_free_kb,gc_committed_kb,threads,cpu_ms";

    private static readonly Stopwatch _clock = Stopwatch.StartNew();

    public static string Take(int cycles, bool trim)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        if (trim)
        {
            _ = Trim(0);
        }

        var malloc = Information();
        string[] status = File.ReadAllLines("/proc/self/status");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{cycles},{_clock.Elapsed.TotalSeconds:f1},{Number(status, "RssAnon:")},{malloc.Used / 1024},{malloc.Free / 1024},{GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes / 1024},{Number(status, "Threads:")},{Environment.CpuUsage.TotalTime.TotalMilliseconds:f0}");
    }

    private static string Number(string[] status, string name) =>
        status.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nint pad);

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial MallocInformation Information();

    // struct mallinfo2, glibc 2.33 and later; sums over all arenas.
    private readonly record struct MallocInformation(
        nuint Arena,
        nuint FreeChunks,
        nuint FastChunks,
        nuint MappedChunks,
        nuint Mapped,
        nuint Unused,
        nuint FastBytes,
        nuint Used,
        nuint Free,
        nuint KeepCost);
}
