using System.Diagnostics;
using System.Globalization;

namespace SelfProfiler.Bench.Micro.Export;

/// <summary>Export of 100,000 samples to each destination, every run in a process of its own, formats in turn: at most 150 ms of CPU and 20 MB.</summary>
internal static class ExportCost
{
    /// <param name="arguments"><c>[rounds] [format …]</c>; <c>one format load</c> is what the processes are started with.</param>
    public static async Task RunAsync(string[] arguments)
    {
        if (arguments is ["one", var format, var load])
        {
            Console.WriteLine(await ExportRun.MeasureAsync(format, load == "mixed"));
            return;
        }

        var rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 5;
        var formats = arguments.Length > 1 ? arguments[1..] : ExportRun.Formats;
        Console.WriteLine(ExportRun.Header);
        var lines = new List<string>();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var one in from name in formats from mixed in new[] { "routes", "mixed" } select (name, mixed))
            {
                lines.Add(await ChildAsync(one.name, one.mixed));
                Console.WriteLine(lines[^1]);
            }
        }

        Console.WriteLine("medians");
        foreach (var group in lines.Select(line => line.Split(',')).GroupBy(line => (line[0], line[1])))
        {
            Console.WriteLine($"{group.Key.Item1},{group.Key.Item2},{string.Join(',', Enumerable.Range(2, 5).Select(column => Median(group.Select(line => line[column]))))}");
        }
    }

    private static string Median(IEnumerable<string> numbers)
    {
        var sorted = numbers.OrderBy(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return sorted[sorted.Length / 2];
    }

    private static async Task<string> ChildAsync(string format, string load)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ExportCost).Assembly.Location, "export", "one", format, load]) { RedirectStandardOutput = true };
        using var child = Process.Start(start)!;
        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return child.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{format}: exit code {child.ExitCode}. {output}");
    }
}
