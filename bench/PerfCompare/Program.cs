using System.Globalization;
using SelfProfiler;
using SelfProfiler.PerfCompare;

// The same seconds of the same process, seen by the profiler and by `perf record -F 99 -g` from outside.
// dotnet run -c Release --project bench/PerfCompare -- [--seconds 60] [--threads 2] [--out FILE.csv]
// Needs perf (Debian: linux-perf) and the right to sample this process. Addresses of perf are named by the profiler's own tables, so
// that only the samples differ. Self: the innermost frame. Inclusive: anywhere in the stack.
var seconds = int.Parse(Argument("--seconds", "60"), CultureInfo.InvariantCulture);
var threads = int.Parse(Argument("--threads", "2"), CultureInfo.InvariantCulture);
var file = Argument("--out", "");
using var methods = new SelfProfiler.RepairCost.MethodsSeen();
using var work = new Work(threads);
await using var profiler = ContinuousProfiler.Start(new ContinuousProfilingOptions { CpuSource = CpuSource.Kernel });
await Task.Delay(TimeSpan.FromSeconds(10)); // until hot code has its last form

using var perf = new PerfRecorder();
perf.Start(TimeSpan.FromSeconds(seconds));
var profile = await profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromSeconds(seconds));
perf.Wait();
methods.Apply();
var theirs = perf.Read(new AddressNames(methods.Map));
var ours = Shares.Of(profile);
var report = Comparison.Of(theirs, ours);
report = string.Create(
    CultureInfo.InvariantCulture,
    $"# perf record -F 99 -g beside the profiler, {seconds} s, {threads} threads, {theirs.Samples} and {ours.Samples} samples; load {File.ReadAllText("/proc/loadavg").Trim()}\n")
    + report;
Console.Write(report);
if (file.Length > 0)
{
    File.WriteAllText(file, report);
}

string Argument(string name, string otherwise)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 ? args[at + 1] : otherwise;
}
