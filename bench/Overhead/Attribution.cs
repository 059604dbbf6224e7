using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>Where the processor time of a request goes that is the profiler's, as <c>perf</c> sees the program from outside, at a fixed rate of requests.</summary>
/// <remarks>Differences of on and off drown in the noise of a machine; what is attributed does not. Not seen: what the profiler makes other code
/// slower by (caches, collections of its garbage, the interrupts of its samples), and the runtime's own part in turning to another flow.</remarks>
internal sealed partial class Attribution(Options options)
{
    private const int Hertz = 997;

    private static readonly (string Comm, string Name)[] _threads =
    [
        ("SelfProfiler pu", "the pump"), ("SelfProfiler hi", "history"), ("SelfProfiler", "other threads of the profiler"), (".NET EventPipe", "the runtime's event threads"),
    ];

    private const string Labels = "labels, on the requests' threads";
    private const string Program = "the program";

    public string Run()
    {
        // As perf wants it: a map of the compiled code, which lies where it is written.
        var variant = new OwnVariant("default", "all kinds", ("DOTNET_PerfMapEnabled", "3"), ("DOTNET_EnableWriteXorExecute", "0"));
        using var bench = new Bench(options, variant);
        bench.WarmUp();
        bench.SwitchTo(on: true);
        var rate = options.Rate > 0 ? options.Rate : Math.Round(bench.Load.Closed(3).PerSecond / 2);
        bench.Load.Open(rate, seconds: 20, seed: 1); // the profiler's own code is compiled, its tables are full
        var file = Path.Combine(options.Output, "perf.data");
        try
        {
            var perf = Process.Start(new ProcessStartInfo(
                "perf", ["record", "-e", "cpu-clock", "-F", $"{Hertz}", "-g", "-k", "1", "-o", file, "-p", $"{bench.Child.Id}", "--", "sleep", $"{options.AttributionSeconds}"])
            { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var cpu = bench.Child.Clock.CpuNs();
            var load = bench.Load.Open(rate, options.AttributionSeconds, seed: 2);
            cpu = bench.Child.Clock.CpuNs() - cpu;
            var said = perf.StandardError.ReadToEnd();
            perf.WaitForExit();
            return perf.ExitCode == 0 ? Page(Read(file), cpu / 1e3 / load.Requests, load.PerSecond) : throw new InvalidOperationException($"perf record failed: {said}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The owner of a sample.</summary>
    /// <param name="comm">Name of its thread, as the kernel cuts it.</param>
    /// <param name="frames">Leaf first, as <c>perf script</c> prints them.</param>
    private static string OwnerOf(string comm, List<string> frames)
    {
        foreach (var (name, owner) in _threads)
        {
            if (comm.StartsWith(name, StringComparison.Ordinal))
            {
                return owner;
            }
        }

        // What runs for a caller has no owner of its own: native code, the kernel, the runtime's library.
        foreach (var frame in frames)
        {
            if (ManagedFrame().Match(frame) is { Success: true } match && match.Groups[1].Value != "System.Private.CoreLib")
            {
                return match.Groups[1].Value.StartsWith("SelfProfiler", StringComparison.Ordinal) ? Labels : Program;
            }
        }

        return Program;
    }

    private static Dictionary<string, int> Read(string file)
    {
        var owners = new Dictionary<string, int>();
        using var script = Process.Start(new ProcessStartInfo("perf", ["script", "-i", file, "-F", "comm,tid,ip,sym"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        script.ErrorDataReceived += static (_, _) => { };
        script.BeginErrorReadLine();
        var frames = new List<string>();
        string? comm = null;
        while (script.StandardOutput.ReadLine() is { } line)
        {
            if (line.Length == 0 && comm is not null)
            {
                var owner = OwnerOf(comm, frames);
                owners[owner] = owners.GetValueOrDefault(owner) + 1;
                comm = null;
            }
            else if (line.Length > 0 && comm is null)
            {
                (comm, frames) = (line.TrimStart(), []);
            }
            else if (line.Length > 0)
            {
                frames.Add(line);
            }
        }

        return owners;
    }

    private static string Page(Dictionary<string, int> owners, double cpu, double rate)
    {
        double all = owners.Values.Sum();
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{rate:0} requests/s of {cpu:0.0} µs of processor time each, {all:0} samples at {Hertz} Hz.").AppendLine();
        text.AppendLine("| | samples | µs a request | share of the program's |").AppendLine("|---|---:|---:|---:|");
        double program = owners.GetValueOrDefault(Program);
        foreach (var owner in (string[])[Labels, .. _threads.Select(thread => thread.Name)])
        {
            Row(owner, owners.GetValueOrDefault(owner));
        }

        Row("all of it", all - program);
        return text.ToString();

        void Row(string name, double samples) =>
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {samples:0} | {samples / all * cpu:0.00} | {samples / program:0.00 %} |");
    }

    /// <summary>The module of a method in a perf map: <c>instance void [Module] Type::Method(…)</c>.</summary>
    [GeneratedRegex(@"\[([\w.\-]+)\] \S+::")]
    private static partial Regex ManagedFrame();
}
