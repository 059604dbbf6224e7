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

var options = Options.Parse(args);
options = options.Command.Length > 0 ? options : options with { Command = Options.BuildSample(options.Precompiled) };
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

var began = Stopwatch.GetTimestamp();
var schedule = new Schedule(options, variants);
var sideBySide = new SideBySide(options, variants);
var measurements = new List<Measurement>();
var suspensions = new List<Suspended>();
using (var csv = new StreamWriter(Path.Combine(options.Output, "rounds.csv")))
{
    csv.WriteLine(Measurement.CsvHeader);
    void Measured(Measurement measurement)
    {
        measurements.Add(measurement);
        csv.WriteLine(measurement.ToCsv());
        csv.Flush();
    }

    if (options.SideBySide > 0)
    {
        sideBySide.Run(Measured);
    }
    else
    {
        schedule.Run(Measured, suspensions.Add);
    }
}

var starts = schedule.MeasureStarts();
var page = ResultsPage.Write(options, options.SideBySide > 0 ? sideBySide.Rate : schedule.Rate, measurements, suspensions, starts);
File.WriteAllText(Path.Combine(options.Output, "results.md"), page);
File.WriteAllText(Path.Combine(options.Output, "plot.svg"), Plot.Write(measurements));
Console.WriteLine(page);
Console.WriteLine($"Took {Stopwatch.GetElapsedTime(began):m\\:ss}.");
