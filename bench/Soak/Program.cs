using System.Diagnostics;
using System.Globalization;
using SelfProfiler.Bench.Overhead.Report;
using SelfProfiler.Bench.Soak;

// Does the profiler's memory grow with time? Two processes do the same restless work, one with the profiler and one without:
//   dotnet run -c Release --project bench/Soak -- [--minutes 60] [--output bench/Soak/results]
// Fails when RssAnon of the one climbs faster after the warm-up (a third of the time) than the other's by more than 1 MB/h.
if (args is ["--child", var mode])
{
    return await Child.RunAsync(profiled: mode == "on");
}

double minutes = double.Parse(Value("--minutes") ?? "60", CultureInfo.InvariantCulture);
string output = Value("--output") ?? "bench/Soak/results";
Directory.CreateDirectory(output);
Console.WriteLine(Machine.Describe());
using var csv = new StreamWriter(Path.Combine(output, "soak.csv"));
csv.WriteLine("seconds,process," + Reading.Header);

var with = new Twin("on");
var without = new Twin("off");
var readings = new Dictionary<string, List<Reading>> { ["on"] = [], ["off"] = [] };
var clock = Stopwatch.StartNew();
Console.WriteLine("seconds  RssAnon on/off MB   heap on/off MB  of it objects on/off MB  native rest on/off MB  sessions  load contexts on/off   " + "tables and losses of the profiled one");
while (clock.Elapsed.TotalMinutes < minutes)
{
    Thread.Sleep(TimeSpan.FromSeconds(10));
    double seconds = clock.Elapsed.TotalSeconds;
    var (on, off) = (with.Read(seconds), without.Read(seconds));
    readings["on"].Add(on);
    readings["off"].Add(off);
    csv.WriteLine(FormattableString.Invariant($"{seconds:0},on,{on.ToCsv()}"));
    csv.WriteLine(FormattableString.Invariant($"{seconds:0},off,{off.ToCsv()}"));
    csv.Flush();
    Console.WriteLine(FormattableString.Invariant(
        $"{seconds,7:0}  {on.RssAnonMb,7:0.0} {off.RssAnonMb,7:0.0}   {on.HeapMb,6:0.0} {off.HeapMb,6:0.0}   {on.LiveMb,6:0.00} {off.LiveMb,6:0.00}   {on.NativeMb,6:0.0} {off.NativeMb,6:0.0}   {on.Sessions,8}   {on.Contexts,7} {off.Contexts,3}   {on.Detail}"));
}

with.Stop();
without.Stop();
double warm = minutes * 60 / 3;
double slopeOn = Slope.PerHour(readings["on"].Where(r => r.Seconds > warm)), slopeOff = Slope.PerHour(readings["off"].Where(r => r.Seconds > warm));
double extra = Slope.Median(readings["on"].Where(r => r.Seconds > warm)) - Slope.Median(readings["off"].Where(r => r.Seconds > warm));
string verdict = slopeOn - slopeOff <= 1 ? "as flat as its twin" : "CLIMBS";
string summary = FormattableString.Invariant(
    $"{minutes:0.#} min, slope after {warm / 60:0.#} min: {slopeOn:0.00} MB/h with, {slopeOff:0.00} MB/h without: {verdict}. Extra RssAnon, medians: {extra:0.0} MB. {readings["on"].LastOrDefault()?.Sessions} sessions of the runtime began.");
Console.WriteLine(summary);
File.WriteAllText(Path.Combine(output, "summary.txt"), $"{Machine.Describe()}\n{summary}\n");
return slopeOn - slopeOff <= 1 ? 0 : 1;

string? Value(string name) => Array.IndexOf(args, name) is >= 0 and var index && index + 1 < args.Length ? args[index + 1] : null;
