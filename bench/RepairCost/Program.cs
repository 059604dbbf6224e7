using System.Globalization;
using SelfProfiler.RepairCost;

// What the pump pays for a kernel sample: real samples are recorded once, then repaired and counted over and over.
// dotnet run -c Release --project bench/RepairCost -- [--rounds 15] [--passes 20]
// One line per workload: CPU time (not wall) of one thread per sample, median and spread of the rounds. To compare two builds, run them in turn.
// --live 4 runs the engine beside four busy threads instead and says what its threads use.
var live = Number("--live", 0);
if (live > 0)
{
    await Live.RunAsync(live, TimeSpan.FromSeconds(Number("--warm", 20)), TimeSpan.FromSeconds(Number("--seconds", 20)));
    return;
}

var rounds = Number("--rounds", 15);
var passes = Number("--passes", 20);
using var methods = new MethodsSeen();
Console.WriteLine("workload,samples,frames,repair_ns,repair_min,repair_max,intern_ns,allocated_bytes,unknown_in_images");
foreach (var (name, work) in Workloads.All)
{
    var records = Recording.Of(work, methods);
    Console.WriteLine(new Replay(methods, records).Measure(name, rounds, passes));
}

int Number(string option, int otherwise)
{
    var at = Array.IndexOf(args, option);
    return at >= 0 ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
