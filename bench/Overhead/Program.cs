using System.Diagnostics;
using SelfProfiler.Bench.Overhead;
using SelfProfiler.Bench.Overhead.Report;
using SelfProfiler.Bench.Overhead.Target;

// What the profiler costs, beside what one would use instead. See docs/overhead.md.
if (args.Contains("--help"))
{
    Console.WriteLine(Options.Help);
    return;
}

var began = Stopwatch.GetTimestamp();
var options = Options.Parse(args);
options = options.Command.Length > 0 ? options : options with { Command = Sample.Build(options.Precompiled), IsSample = true };
var variants = options.Variants.Length > 0 ? Variants.Named(options.Variants) : Variants.All;
Directory.CreateDirectory(options.Output);
Console.WriteLine(Machine.Describe());

if (options.GapRounds > 0)
{
    var gaps = new Gaps(options, variants).Run();
    File.WriteAllText(Path.Combine(options.Output, "gaps.md"), $"{Machine.Describe()}\n\n{gaps}");
    Console.WriteLine(gaps);
    return;
}

if (options.FirstAnswers > 0)
{
    var answers = new FirstAnswers(options, variants).Run();
    File.WriteAllText(Path.Combine(options.Output, "first-answers.md"), $"{Machine.Describe()}\n\n{answers}");
    Console.WriteLine(answers);
    return;
}

if (options.AttributionSeconds > 0)
{
    var attribution = new Attribution(options).Run();
    File.WriteAllText(Path.Combine(options.Output, "attribution.md"), $"{Machine.Describe()}\n\n{attribution}");
    Console.WriteLine(attribution);
    return;
}

Console.WriteLine($"Reckoned: {Reckoning.Of(options, variants):m\\:ss} from here.");
var schedule = new Schedule(options, variants);
var sideBySide = new SideBySide(options, variants);
var measurements = new List<Measurement>();
using (var rounds = new StreamWriter(Path.Combine(options.Output, "rounds.csv")) { AutoFlush = true })
using (var suspensions = new StreamWriter(Path.Combine(options.Output, "suspensions.csv")) { AutoFlush = true })
{
    rounds.WriteLine(Measurement.CsvHeader);
    suspensions.WriteLine(Suspended.CsvHeader);
    void Measured(Measurement measurement)
    {
        measurements.Add(measurement);
        rounds.WriteLine(measurement.ToCsv());
        if (measurement.Suspended is { } suspended)
        {
            suspensions.WriteLine(suspended.ToCsv(measurement));
        }
    }

    if (options.SideBySide > 0)
    {
        sideBySide.Run(Measured);
    }
    else
    {
        schedule.Run(Measured);
    }
}

var starts = options.Starts > 0 ? new FreshStarts(options, variants).Run(schedule.Left) : [];
var page = ResultsPage.Write(options, options.SideBySide > 0 ? sideBySide.Rate : schedule.Rate, measurements, starts);
File.WriteAllText(Path.Combine(options.Output, "results.md"), page);
File.WriteAllText(Path.Combine(options.Output, "plot.svg"), Plot.Write(measurements));
Console.WriteLine(page);
Console.WriteLine($"Took {Stopwatch.GetElapsedTime(began):m\\:ss}.");
