// A program that profiles itself and pushes to a server, for tests that read what arrives, or kill it.
// Arguments: "every", addresses of Pyroscope, OTLP, Parca and profefe, a directory: all kinds to all of them until standard input ends.
// Or: address of a Pyroscope server, a spool directory or "-", "live" (until killed) or "once" (two seconds, then an orderly end).
using System.Diagnostics;
using SelfProfiler;
using SelfProfiler.Exporter;
using SelfProfiler.Exporting;

if (args is ["every", .. var servers, var directory])
{
    await EveryKind.RunAsync(servers, directory);
    return;
}

var options = new PyroscopeExporterOptions { Endpoint = new Uri(args[0]), SpoolDirectory = args[1] == "-" ? null : args[1] };
using var exporter = new PyroscopeExporter(options);
var profiler = ContinuousProfiler.Start(
    new ContinuousProfilingOptions { ExportInterval = TimeSpan.FromSeconds(args[2] == "live" ? 1 : 1800), ServiceName = "exporting" }, exporter);
using (var activity = new Activity("work").SetIdFormat(ActivityIdFormat.W3C).Start())
{
    Console.WriteLine($"trace {activity.TraceId}");
    var start = Stopwatch.GetTimestamp();
    var sum = 0L;
    while (args[2] == "live" || Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(2))
    {
        for (var i = 0; i < 100_000; i++)
        {
            sum += new object().GetHashCode() & i;
        }

        if (exporter.Backlog.Count > 3)
        {
            Console.WriteLine($"spooled {exporter.Backlog.Count}");
            await Task.Delay(100);
        }
    }

    Console.WriteLine($"done {sum != 0}");
}

var cpu = Environment.CpuUsage.TotalTime;
var before = Stopwatch.GetTimestamp();
await profiler.DisposeAsync();
Console.WriteLine($"ended in {Stopwatch.GetElapsedTime(before).TotalMilliseconds:f0} ms, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:f0} ms of CPU");
Console.WriteLine($"{profiler.Status.Exporters[0]}");
Console.WriteLine(string.Join('\n', profiler.Status.Parts));
