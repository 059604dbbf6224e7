using System.Diagnostics;
using System.Globalization;
using SelfProfiler.Bench.SelfCost;

// Does the profiler cost what it says? Every scenario is a process of its own whose work is counted with the profiler off and on in turn:
//   dotnet run -c Release --project bench/SelfCost -- [--pairs 6] [--scenarios ticks-50,waits] [--output bench/SelfCost/results]
// Writes phases.csv and results.md. Fails when a scenario fails. --page only writes results.md, of a phases.csv that is there.
if (args is ["--child", var name, var number, var seed])
{
    return await Child.RunAsync(Scenario.All.First(scenario => scenario.Name == name), int.Parse(number, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture));
}

var pairs = int.Parse(Value("--pairs") ?? "6", CultureInfo.InvariantCulture);
var wanted = Value("--scenarios")?.Split(',');
var output = Value("--output") ?? "bench/SelfCost/results";
var file = Path.Combine(output, "phases.csv");
if (!args.Contains("--page"))
{
    Directory.CreateDirectory(output);
    using var csv = new StreamWriter(file) { AutoFlush = true };
    csv.WriteLine("scenario,pair,profiler,seconds,pieces,cpu_seconds,idle_seconds,reported,detail");
    foreach (var scenario in Scenario.All.Where(scenario => wanted is null || wanted.Contains(scenario.Name)))
    {
        Console.WriteLine(scenario.Name);
        foreach (var line in Run(scenario))
        {
            csv.WriteLine($"{scenario.Name},{line}");
        }
    }
}

var comparisons = Comparison.Read(file);
var page = ResultsPage.Write(comparisons);
File.WriteAllText(Path.Combine(output, "results.md"), page);
Console.WriteLine(page);
return comparisons.Any(comparison => comparison.Verdict == "fail") ? 1 : 0;

IEnumerable<string> Run(Scenario scenario)
{
    var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
    var count = scenario.StandsStill ? pairs * Scenario.StandsStillTimes : pairs;
    string[] child = ["--child", scenario.Name, count.ToString(CultureInfo.InvariantCulture), scenario.Name.Length.ToString(CultureInfo.InvariantCulture)];
    foreach (var argument in Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Child).Assembly.Location, .. child] : child)
    {
        start.ArgumentList.Add(argument);
    }

    using var process = Process.Start(start)!;
    while (process.StandardOutput.ReadLine() is { } line)
    {
        yield return line;
    }

    process.WaitForExit();
}

string? Value(string option) => Array.IndexOf(args, option) is >= 0 and var index && index + 1 < args.Length ? args[index + 1] : null;
