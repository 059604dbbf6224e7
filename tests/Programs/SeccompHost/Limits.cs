using System.Runtime.InteropServices;
using SelfProfiler.Kernel;

namespace SelfProfiler.SeccompHost;

/// <summary>Takes resources away from this process.</summary>
internal static unsafe partial class Limits
{
    private const int LockedMemory = 8;
    private const int Descriptors = 7;

    public static void SetDescriptors(int limit) => Set(Descriptors, (ulong)limit);

    /// <returns>Gives back what was taken.</returns>
    public static IDisposable Starve(string what) => what switch
    {
        "descriptors" => StarveDescriptors(),
        "memory" => StarveMemory(),
        _ => throw new ArgumentException($"Unknown resource {what}."),
    };

    public static void AllowAllCpus()
    {
        var mask = stackalloc byte[128];
        new Span<byte>(mask, 128).Fill(0xFF);
        var threads = new ThreadList(PerfAbi.Current!);
        threads.Read();
        foreach (var thread in threads.Threads)
        {
            _ = SetAffinity(thread, 128, mask);
        }
    }

    private static Taken StarveDescriptors()
    {
        var taken = new Taken();
        fixed (byte* path = "/dev/null\0"u8)
        {
            int fd;
            while ((fd = Libc.Open(path, Libc.CloseOnExec)) >= 0)
            {
                taken.Add(() => _ = Libc.Close(fd));
            }
        }

        // The console and the runtime need a few.
        taken.GiveBack(3);
        return taken;
    }

    private static Taken StarveMemory()
    {
        Set(LockedMemory, 0);
        var taken = new Taken();
        const int Enough = 256; // a privileged process is never refused
        var rings = 0;
        for (var pages = 64; pages >= 1 && rings < Enough;)
        {
            var fd = Libc.PerfEventOpen(PerfAbi.Current!, PerfEventAttr.RingOwner(4096), Libc.CurrentThread(), 0);
            if (fd < 0)
            {
                throw new InvalidOperationException($"perf_event_open failed with {-fd}.");
            }

            if (PerfRing.Map(fd, pages, out _) is { } ring)
            {
                taken.Add(ring.Dispose);
                rings++;
            }
            else
            {
                _ = Libc.Close(fd);
                pages /= 2;
            }
        }

        return taken;
    }

    private static void Set(int resource, ulong limit)
    {
        var both = stackalloc ulong[2] { limit, limit };
        if (SetLimit(resource, both) != 0)
        {
            throw new InvalidOperationException($"setrlimit failed with {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, ulong* currentAndMaximum);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nuint length, byte* mask);

    private sealed class Taken : IDisposable
    {
        private readonly Stack<Action> _release = [];

        public void Add(Action release) => _release.Push(release);

        public void GiveBack(int count)
        {
            for (; count > 0 && _release.TryPop(out var release); count--)
            {
                release();
            }
        }

        public void Dispose() => GiveBack(_release.Count);
    }
}
