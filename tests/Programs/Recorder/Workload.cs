using System.Runtime.CompilerServices;

namespace SelfProfiler.Recorder;

/// <summary>What the recorded processes do; finite and small.</summary>
internal static class Workload
{
    public const string Ready = "ready";
    public const string Done = "done";

    public static async Task RunAsync(string name)
    {
        Func<Task> work = name switch
        {
            "tiny" => Synchronous(Tiny),
            "kinds" => Synchronous(Kinds),
            "ticks" => Synchronous(Ticks),
            "verbose-gc" => Synchronous(() => Allocate(4_000_000)),
            "methods" => Synchronous(MethodWork.Run),
            "regions" => Synchronous(Regions),
            "losses" => Synchronous(Losses),
            "web" => await WebWork.PrepareAsync(),
            _ => throw new ArgumentException($"There is no workload '{name}'.", nameof(name)),
        };
        MarkEventSource.Log.Mark();
        Console.WriteLine(Ready);
        Console.ReadLine();
        await work();
        Console.WriteLine(Done);
        Console.ReadLine();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Throw(int depth)
    {
        if (depth == 0)
        {
            throw new InvalidOperationException("thrown for the recording");
        }

        Throw(depth - 1);
        GC.KeepAlive(depth);
    }

    public static void Catch(int depth)
    {
        try
        {
            Throw(depth);
        }
        catch (InvalidOperationException)
        {
            MarkEventSource.Log.Mark();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object? Allocate(int bytes)
    {
        object? last = null;
        for (var allocated = 0; allocated < bytes; allocated += 1_000)
        {
            last = new byte[976];
        }

        return last;
    }

    private static Func<Task> Synchronous(Action work) => () =>
    {
        work();
        return Task.CompletedTask;
    };

    private static void Tiny()
    {
        Catch(0);
        Catch(3);
        Run(() => Catch(5), () => Catch(120));
    }

    private static void Kinds()
    {
        MarkEventSource.Log.Mark();
        Run(() => Catch(2), () => Catch(130), () => Allocate(3_000_000), () => Allocate(3_000_000));
        GC.Collect();
        WaitWork.Run();
        MarkEventSource.Log.Mark();
    }

    private static void Ticks()
    {
        MarkEventSource.Log.Mark();
        Run(() => Spin(40), () => Spin(40), () => Deep(150, 40), () => Thread.Sleep(40));
        GC.Collect();
    }

    private static void Losses()
    {
        var text = new string('x', 2_000);
        Run(() => Fill(text, 0, 2_000), () => Fill(text, 0, 2_000));
        MarkEventSource.Log.Mark();
    }

    // Enough for sequence points in the middle of the stream, with stacks before and after them.
    private static void Regions()
    {
        var text = new string('x', 8_000);
        Run(() => FillDeep(text), () => FillDeep(text));
        MarkEventSource.Log.Mark();
    }

    private static void FillDeep(string text)
    {
        for (var i = 0; i < 800; i++)
        {
            Fill(text, depth: i % 20, count: 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fill(string text, int depth, int count)
    {
        if (depth > 0)
        {
            Fill(text, depth - 1, count);
            GC.KeepAlive(text);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            MarkEventSource.Log.Filler(text);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Deep(int depth, int milliseconds)
    {
        if (depth == 0)
        {
            Spin(milliseconds);
        }
        else
        {
            Deep(depth - 1, milliseconds);
        }

        GC.KeepAlive(depth);
    }

    private static void Spin(int milliseconds)
    {
        var end = Environment.TickCount64 + milliseconds;
        while (Environment.TickCount64 < end)
        {
            Thread.SpinWait(100);
        }
    }

    public static void Run(params Action[] actions)
    {
        var threads = Array.ConvertAll(actions, action => new Thread(() => action()));
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
    }
}
