// A program that profiles itself and pushes to a server, for tests that read what arrives, or kill it.
// Arguments: address of a Pyroscope server, a spool directory or "-", "live" (until killed) or "once" (two seconds, then an orderly end).
using System.Diagnostics;
using SelfProfiler;
using SelfProfiler.Exporter;

var options = new PyroscopeExporterOptions { Endpoint = new Uri(args[0]), SpoolDirectory = args[1] == "-" ? null : args[1] };
using var exporter = new PyroscopeExporter(options);
await using var profiler = ContinuousProfiler.Start(
    new ContinuousProfilingOptions { ExportInterval = TimeSpan.FromSeconds(args[2] == "live" ? 1 : 1800), ServiceName = "exporting" }, exporter);
using var activity = new Activity("work").SetIdFormat(ActivityIdFormat.W3C).Start();
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
