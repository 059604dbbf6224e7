using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SelfProfiler.Bench.SelfCost;

/// <summary>Computes, and makes no events.</summary>
internal sealed class SpinWork : IWork
{
    public int Threads => Environment.ProcessorCount;

    public void Once(int thread) => Spin.For(20_000);
}

internal sealed class ExceptionWork : IWork
{
    public int Threads => Environment.ProcessorCount;

    public void Once(int thread)
    {
        try
        {
            throw new InvalidOperationException("wanted");
        }
        catch (InvalidOperationException)
        {
            Spin.For(20_000);
        }
    }
}

/// <summary>A gigabyte a second and more, in small objects.</summary>
internal sealed class AllocationWork : IWork
{
    public int Threads => Environment.ProcessorCount;

    public void Once(int thread)
    {
        for (var i = 0; i < 100; i++)
        {
            GC.KeepAlive(new byte[1_000]);
        }
    }
}

/// <summary>As many locks as processors, three threads at each: who holds it lets the others run, and they come in vain.</summary>
internal sealed class ContentionWork : IWork
{
    private readonly object[] _gates = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new object())];

    public int Threads => _gates.Length * 3;

    public void Once(int thread)
    {
        lock (_gates[thread % _gates.Length])
        {
            Spin.For(10_000);
            Thread.Yield();
            Spin.For(10_000);
        }

        Spin.For(20_000);
    }
}

/// <summary>Pairs of threads that wake each other: one computes, the other waits. Twice as many pairs as processors, so that none is idle while a thread wakes.</summary>
internal sealed class WaitWork : IWork
{
    private readonly AutoResetEvent[] _turns = [.. Enumerable.Range(0, Environment.ProcessorCount * 4).Select(i => new AutoResetEvent(i % 2 == 0))];

    public int Threads => _turns.Length;

    public void Once(int thread)
    {
        _turns[thread].WaitOne();
        Spin.For(60_000);
        _turns[thread ^ 1].Set();
    }
}

/// <summary>Requests of nothing but themselves.</summary>
internal sealed class RequestWork : IWork
{
    public int Threads => Environment.ProcessorCount;

    public void Once(int thread)
    {
        using var request = new Activity("request").Start();
        Spin.For(1_000);
    }
}

/// <summary>A request with three spans inside.</summary>
internal sealed class SpanWork : IWork
{
    public int Threads => Environment.ProcessorCount;

    public void Once(int thread)
    {
        using var request = new Activity("request").Start();
        for (var i = 0; i < 3; i++)
        {
            using var span = new Activity("span").Start();
            Spin.For(1_000);
        }
    }
}

/// <summary>A thread that turns from one request to another and back, as pool threads do: nothing begins or ends.</summary>
internal sealed class TurnWork : IWork
{
    /// <summary>Requests of the time when the profiler was off mean nothing to it: they are made anew now and then.</summary>
    private const int Life = 10_000;

    private readonly (ExecutionContext One, ExecutionContext Other, int Used)[] _requests = new (ExecutionContext, ExecutionContext, int)[Environment.ProcessorCount];

    public int Threads => _requests.Length;

    public void Once(int thread)
    {
        ref var requests = ref _requests[thread];
        if (requests.Used++ % Life == 0)
        {
            requests = (InRequest(), InRequest(), 1);
        }

        ExecutionContext.Run(requests.One, static _ => Spin.For(300), null);
        ExecutionContext.Run(requests.Other, static _ => Spin.For(300), null);
    }

    private static ExecutionContext InRequest()
    {
        using var request = new Activity("request").Start();
        return ExecutionContext.Capture()!;
    }
}

internal static class Spin
{
    private static int _seen;

    /// <summary>About a nanosecond a step.</summary>
    public static void For(int steps)
    {
        var x = 1u;
        for (; steps > 0; steps -= 100)
        {
            x = Hundred(x);
        }

        _seen = (int)x;
    }

    // A call now and then, as real code has them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint Hundred(uint x)
    {
        for (var i = 0; i < 33; i++)
        {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
        }

        return x;
    }
}
