using System.Diagnostics;
using System.Runtime.CompilerServices;
using SelfProfiler.Exporter;

namespace SelfProfiler.Exporting;

/// <summary>Work that leaves samples of every kind under one activity, pushed to every destination at once, until standard input ends.</summary>
internal static class EveryKind
{
    private static readonly object _gate = new();
    private static object? _last;
    private static long _sum;

    /// <param name="servers">Addresses of Pyroscope, an OTLP receiver, Parca and profefe.</param>
    /// <param name="directory">For files.</param>
    public static async Task RunAsync(string[] servers, string directory)
    {
        using var pyroscope = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = new Uri(servers[0]) });
        using var otlp = new OtlpProfileExporter(new OtlpProfileExporterOptions { Endpoint = new Uri(servers[1]) });
        using var parca = new ParcaExporter(new ParcaExporterOptions { Endpoint = new Uri(servers[2]) });
        using var profefe = new ProfefeExporter(new ProfefeExporterOptions { Endpoint = new Uri(servers[3]) });
        var files = new FileExporter(new FileExporterOptions { Directory = directory });
        // Ungoverned: this program is nothing but storms, and what the governor does with those is tested elsewhere.
        var options = new ContinuousProfilingOptions { ExportInterval = TimeSpan.FromSeconds(2), ServiceName = "every-kind", Governor = false };
        await using var profiler = ContinuousProfiler.Start(options, pyroscope, otlp, parca, profefe, files);
        using var activity = new Activity("work").SetIdFormat(ActivityIdFormat.W3C).Start();
        Console.WriteLine($"trace {activity.TraceId} {activity.SpanId}");
        var stop = Task.Run(Console.In.ReadToEnd);
        using (ProfilingLabels.Begin("tenant", "blue"))
        {
            while (!stop.IsCompleted)
            {
                Round();
            }
        }

        foreach (var exporter in profiler.Status.Exporters)
        {
            Console.WriteLine($"{exporter}");
        }
    }

    private static void Round()
    {
        var rival = new Thread(Fight);
        rival.Start();
        Fight();
        rival.Join();
        Burn(TimeSpan.FromMilliseconds(60));
        Allocate();
        Rest();
        Fail();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fight()
    {
        for (var i = 0; i < 3; i++)
        {
            lock (_gate)
            {
                Thread.Sleep(5);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Burn(TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            for (var i = 0; i < 10_000; i++)
            {
                _sum += i ^ _sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Allocate()
    {
        for (var i = 0; i < 2_000; i++)
        {
            _last = new byte[2_000];
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Rest()
    {
        using var never = new ManualResetEvent(_last is null && _sum == 0);
        never.WaitOne(TimeSpan.FromMilliseconds(10));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail()
    {
        try
        {
            throw new InvalidOperationException("expected");
        }
        catch (InvalidOperationException)
        {
            _sum++;
        }
    }
}
