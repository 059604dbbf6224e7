using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SelfProfiler.SwitchCost;

/// <summary>
/// A thread hands a byte to a partner on the same processor and gets it back, through pipes. The partner is a thread of this process, which has events
/// of its own, or another process: then events go with the thread and come back with it, as on the way to idle and back, but without the price of waking a processor.
/// </summary>
internal sealed unsafe partial class PingPong : IDisposable
{
    private const int CloseOnExec = 0x80000;

    private readonly int[] _there = Pipe();
    private readonly int[] _back = Pipe();
    private readonly Thread _thread;
    private readonly Thread? _partner;
    private readonly Process? _process;
    private readonly ManualResetEventSlim _go = new();
    private readonly ManualResetEventSlim _over = new();
    private volatile int _trips;
    private long _elapsed;

    /// <summary>Starts both; they wait.</summary>
    public PingPong(bool otherProcess)
    {
        using var ready = new CountdownEvent(otherProcess ? 1 : 2);
        if (otherProcess)
        {
            _process = Process.Start("sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"exec taskset -c 0 cat < /proc/{Environment.ProcessId}/fd/{_there[0]} > /proc/{Environment.ProcessId}/fd/{_back[1]}")]);
        }
        else
        {
            _partner = Start(ready, Answer);
        }

        _thread = Start(ready, Ask);
        ready.Wait();
    }

    /// <returns>Nanoseconds for each trip there and back.</returns>
    public double Run(int trips)
    {
        _over.Reset();
        _trips = trips;
        _go.Set();
        _over.Wait();
        return (double)_elapsed / trips;
    }

    public void Dispose()
    {
        _trips = 0;
        _go.Set();
        _thread.Join();
        CloseFile(_there[1]);
        _partner?.Join();
        _process?.WaitForExit();
        _process?.Dispose();
        CloseFile(_there[0]);
        CloseFile(_back[0]);
        CloseFile(_back[1]);
        _go.Dispose();
        _over.Dispose();
    }

    private static Thread Start(CountdownEvent ready, Action body)
    {
        var thread = new Thread(() =>
        {
            ulong mask = 1;
            _ = SetAffinity(0, sizeof(ulong), &mask);
            ready.Signal();
            body();
        });
        thread.Start();
        return thread;
    }

    private void Ask()
    {
        byte ball = 1;
        while (true)
        {
            _go.Wait();
            _go.Reset();
            if (_trips == 0)
            {
                return;
            }

            Trips(100, &ball);
            long start = Stopwatch.GetTimestamp();
            Trips(_trips, &ball);
            _elapsed = Stopwatch.GetTimestamp() - start;
            _over.Set();
        }
    }

    private void Trips(int count, byte* ball)
    {
        for (int i = 0; i < count; i++)
        {
            _ = Write(_there[1], ball, 1);
            _ = Read(_back[0], ball, 1);
        }
    }

    private void Answer()
    {
        byte ball;
        while (Read(_there[0], &ball, 1) == 1)
        {
            _ = Write(_back[1], &ball, 1);
        }
    }

    // Not inherited by the partner, which would otherwise keep its own end of the pipe open.
    private static int[] Pipe()
    {
        var ends = new int[2];
        fixed (int* p = ends)
        {
            return OpenPipe(p, CloseOnExec) == 0 ? ends : throw new InvalidOperationException("No pipe.");
        }
    }

    [LibraryImport("libc", EntryPoint = "pipe2")]
    private static partial int OpenPipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int fd, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int fd, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int fd);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint length, ulong* mask);
}
