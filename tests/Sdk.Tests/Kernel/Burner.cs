using System.Globalization;
using System.Runtime.CompilerServices;
using SelfProfiler.Kernel;

namespace SelfProfiler.Sdk.Tests.Kernel;

/// <summary>Burns CPU on threads of its own and knows by the thread's clock how much.</summary>
internal static class Burner
{
    private static double _sink;

    /// <summary>Runs <paramref name="work"/> on a new thread until that has used so much CPU.</summary>
    /// <returns>Its id and the nanoseconds it used.</returns>
    public static (int Thread, long Used) OnNewThread(TimeSpan cpu, Action work)
    {
        var result = (Thread: 0, Used: 0L);
        var thread = new Thread(() =>
        {
            var start = CpuTime();
            long used;
            do
            {
                work();
                used = CpuTime() - start;
            }
            while (used < cpu.TotalNanoseconds);

            result = (Libc.CurrentThread(), used);
        });
        thread.Start();
        thread.Join();
        return result;
    }

    /// <summary>A millisecond or two in one method with a loop.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Spin()
    {
        var x = 1.0;
        for (var i = 0; i < 500_000; i++)
        {
            x = (x * 1.0000001) + 0.1;
        }

        _sink = x;
    }

    /// <summary>Mostly inside the kernel, which lists the threads.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void EnterKernel()
    {
        var list = new ThreadList(PerfAbi.Current!);
        for (var i = 0; i < 20; i++)
        {
            list.Read();
        }
    }

    /// <summary>CPU nanoseconds of the calling thread: <c>utime</c> and <c>stime</c> are too coarse, <c>schedstat</c> is not.</summary>
    private static long CpuTime()
    {
        Span<byte> text = stackalloc byte[64];
        var length = SmallFile.Read("/proc/thread-self/schedstat\0"u8, text);
        return long.Parse(text[..text[..length].IndexOf((byte)' ')], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
