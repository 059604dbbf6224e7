using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters.Csv;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using SelfProfiler.Bench.Micro;
using SelfProfiler.Bench.Micro.Export;

// dotnet run -c Release --project bench/Micro -- [--quick] [--filter *Encode*]
// dotnet run -c Release --project bench/Micro -- export [rounds] [format …]
// dotnet run -c Release --project bench/Micro -- labels [rounds]
// dotnet run -c Release --project bench/Micro -- pump [periods]
if (args is ["export", .. var rest])
{
    await ExportCost.RunAsync(rest);
    return;
}

if (args is ["labels", .. var count])
{
    RequestCost.Run(count is [var number] ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : 50);
    return;
}

if (args is ["pump", .. var periods])
{
    PumpCost.Run(periods is [var number] ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : 200);
    return;
}

// In this process: what is measured is internal, and a second build of the solution would be slower than all measurements.
var quick = args.Contains("--quick");
var job = (quick ? Job.Default.WithIterationTime(TimeInterval.FromMilliseconds(100)).WithWarmupCount(3).WithIterationCount(5) : Job.ShortRun.WithIterationCount(10))
    .WithToolchain(InProcessEmitToolchain.Instance);
var config = ManualConfig.CreateEmpty()
    .AddJob(job)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(ConsoleLogger.Default)
    .AddExporter(CsvExporter.Default)
    .WithOptions(ConfigOptions.DisableLogFile | ConfigOptions.JoinSummary);
var filtered = args.Where(argument => argument != "--quick").ToArray();
BenchmarkSwitcher.FromAssembly(typeof(EncodeBenchmark).Assembly).Run(filtered.Length > 0 ? filtered : ["--filter", "*"], config);
