using System.Diagnostics;
using System.Runtime.CompilerServices;
using SelfProfiler;

// Published in every form the runtime knows, then asked: does the profiler find the work of the program it lives in?
await using var profiler = ContinuousProfiler.Start(new ContinuousProfilingOptions { Governor = false });
for (var start = Stopwatch.GetTimestamp(); profiler.Status.Parts.Any(part => part.State == PartState.Starting);)
{
    if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(20))
    {
        Console.WriteLine("not ready: " + string.Join(", ", profiler.Status.Parts));
        return 1;
    }

    await Task.Delay(50);
}

var stop = new CancellationTokenSource();
var worker = new Thread(() => Worker.Run(stop.Token));
worker.Start();
ProfileKind[] kinds = [ProfileKind.Cpu, ProfileKind.Allocations, ProfileKind.Exceptions, ProfileKind.Threads];
var captures = kinds.Select(kind => (Kind: kind, Profile: profiler.CaptureAsync(kind, TimeSpan.FromSeconds(3)))).ToList();
foreach (var (kind, capture) in captures)
{
    var profile = await capture;
    using var text = new MemoryStream();
    profile.WriteTo(text, ProfileFormat.Folded);
    bool found = System.Text.Encoding.UTF8.GetString(text.ToArray()).Contains("Worker.Burn", StringComparison.Ordinal);
    Console.WriteLine($"{kind}: {(found ? "found" : "missing")}");
    if (!found)
    {
        Console.WriteLine(System.Text.Encoding.UTF8.GetString(text.ToArray()));
    }
}

stop.Cancel();
worker.Join();
Console.WriteLine("status: " + string.Join(", ", profiler.Status.Parts.Select(part => $"{part.Name} {part.State} {part.Detail}")));
return 0;

internal static class Worker
{
    private static object? _kept;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Burn();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double Burn()
    {
        double x = 1;
        for (int i = 0; i < 200_000; i++)
        {
            x = Math.Sqrt(x + i);
        }

        for (int i = 0; i < 200; i++)
        {
            _kept = new byte[2_000];
        }

        try
        {
            throw new InvalidOperationException("on purpose");
        }
        catch (InvalidOperationException)
        {
            return x;
        }
    }
}
