using SelfProfiler.Kernel;
using SelfProfiler.SeccompHost;

// A process in a place where perf_event_open may be refused: `SeccompHost [--filter eperm|enosys|kill] [--insist] [--reckless] [--descriptors N]
// [--starve descriptors|memory] [--widen] [--twice]`. Says what the kernel sampler made of it, as key=value lines, and proves by a last line that it lives.
// `SeccompHost [--filter …] --exec PROGRAM ARGUMENT...` is another program in that place instead.
// `SeccompHost --stacks SCENARIO...` samples code whose stacks are hard to walk instead, and says how many came out right.
if (args is ["--stacks", .. var scenarios])
{
    StackRun.Report(scenarios);
    return 0;
}

var options = Options.Parse(args);
if (options.Filter is { } action)
{
    SeccompFilter.Install(action);
}

if (options.Execute is { } command)
{
    Replacement.Begin(command);
}

if (options.Reckless)
{
    _ = Libc.PerfEventOpen(PerfAbi.Current!, default, 0, -1);
}

if (options.Descriptors is { } limit)
{
    Limits.SetDescriptors(limit);
}

if (options.Starve is not null)
{
    // What is loaded and compiled on first use needs descriptors and memory too; the subject is the sampler, not the runtime.
    SamplingRun.Report(options, TextWriter.Null);
}

var output = Console.Out;
output.WriteLine($"process={Environment.ProcessId}");
using (options.Starve is { } what ? Limits.Starve(what) : null)
{
    SamplingRun.Report(options, output);
}

output.WriteLine("alive=yes");
return 0;
