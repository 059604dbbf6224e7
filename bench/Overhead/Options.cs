using System.Globalization;

namespace SelfProfiler.Bench.Overhead;

/// <summary>What to measure and for how long. The number of rounds is fixed before anything is measured.</summary>
internal sealed record Options
{
    public const string Help = """
        dotnet run -c Release --project bench/Overhead -- [options]

          --quick              two minutes instead of ten: A/A and default only, short phases
          --rounds N           pairs for A/A, default and eventpipe (6; the others get a third: a median, no interval)
          --side-by-side N     instead: N rounds with two programs under load at once, one on and one off, then the other way round: what else the machine does strikes both
          --variants a,b       only these, beside A/A
          --threads N          blocked threads in the program (0)
          --connections N      of the load (16)
          --rate N             requests per second of the open loop (half of what saturates)
          --paths a,b          what is requested, in turn
          --command "…"        another program than samples/WebApi; it must listen where ASPNETCORE_URLS says
          --output DIR         where rounds.csv, results.md and plot.svg go (bench/Overhead/results)
          --gaps N             instead of load: pauses a spinning thread sees and the cost of new threads, N rounds off and on
          --gap-seconds N      length of each look (4)
          --settle N           seconds between switching and measuring (3): sessions start and list the methods that exist, which is no steady state
          --first-answers N    instead of load: time to the first answer of fresh processes, N rounds, each variant beside the program without the profiler
          --precompiled        the sample with the libraries as packages have them, machine code included; without it they are compiled while they run
          --attribute N        instead: where the profiler's processor time goes, by perf from outside for N seconds, at the rate of the open loop
          --warm-up N          seconds of load with each variant on before the first round (20): what the profiler does once a second is compiled for good after a minute or more
          --open N             seconds of each open loop (1.2)
          --closed N           seconds of each closed loop (0.6)
          --starts N           fresh starts for memory and start-up time (5; 0: none)
          --start-load N       seconds of load before memory is looked at (3)
        """;

    public string[] Command { get; init; } = [];

    public string[] Variants { get; init; } = [];

    public string[] Paths { get; init; } = ["/orders/2", "/orders/4", "/orders/6", "/orders/8", "/orders/10", "/orders/3", "/alloc?kb=16", "/wait?ms=2"];

    public int Rounds { get; init; } = 6;

    /// <summary>0: off and on in turn in one program.</summary>
    public int SideBySide { get; init; }

    public int BlockedThreads { get; init; }

    public int Connections { get; init; } = 16;

    public double Rate { get; init; }

    public int Starts { get; init; } = 5;

    public double StartLoadSeconds { get; init; } = 3;

    /// <summary>0: load is measured instead.</summary>
    public int GapRounds { get; init; }

    /// <summary>0: load is measured instead.</summary>
    public int FirstAnswers { get; init; }

    /// <summary>0: load is measured instead.</summary>
    public int AttributionSeconds { get; init; }

    public bool Precompiled { get; init; }

    public double GapSeconds { get; init; } = 4;

    public double WarmUpSeconds { get; init; } = 20;

    public double SettleSeconds { get; init; } = 3;

    public double OpenSeconds { get; init; } = 1.2;

    public double ClosedSeconds { get; init; } = 0.6;

    public string Output { get; init; } = "bench/Overhead/results";

    public static Options Parse(string[] arguments)
    {
        var options = new Options();
        if (arguments.Contains("--quick"))
        {
            options = options with { Rounds = 8, Variants = ["default"], Starts = 0, SettleSeconds = 2, WarmUpSeconds = 10 };
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            string Value() => ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{arguments[i - 1]} needs a value.\n{Help}");
            int Number() => int.Parse(Value(), CultureInfo.InvariantCulture);
            double Seconds() => double.Parse(Value(), CultureInfo.InvariantCulture);
            options = arguments[i] switch
            {
                "--quick" => options,
                "--rounds" => options with { Rounds = Number() },
                "--side-by-side" => options with { SideBySide = Number(), Starts = 0 },
                "--variants" => options with { Variants = Value().Split(',') },
                "--threads" => options with { BlockedThreads = Number() },
                "--connections" => options with { Connections = Number() },
                "--gaps" => options with { GapRounds = Number() },
                "--first-answers" => options with { FirstAnswers = Number() },
                "--attribute" => options with { AttributionSeconds = Number() },
                "--precompiled" => options with { Precompiled = true },
                "--gap-seconds" => options with { GapSeconds = Seconds() },
                "--rate" => options with { Rate = Number() },
                "--paths" => options with { Paths = Value().Split(',') },
                "--command" => options with { Command = Value().Split(' ', StringSplitOptions.RemoveEmptyEntries) },
                "--output" => options with { Output = Value() },
                "--settle" => options with { SettleSeconds = Seconds() },
                "--warm-up" => options with { WarmUpSeconds = Seconds() },
                "--open" => options with { OpenSeconds = Seconds() },
                "--closed" => options with { ClosedSeconds = Seconds() },
                "--starts" => options with { Starts = Number() },
                "--start-load" => options with { StartLoadSeconds = Seconds() },
                _ => throw new ArgumentException($"{arguments[i]} is not an option.\n{Help}"),
            };
        }

        return options;
    }

    /// <summary>The sample shop, built for release beside this program.</summary>
    public static string[] BuildSample(bool precompiled)
    {
        var output = Path.Combine(AppContext.BaseDirectory, precompiled ? "WebApi.precompiled" : "WebApi");
        Build("publish", "samples/WebApi", "-o", output);
        foreach (var project in (string[])(precompiled ? ["Sdk", "AspNetMiddleware", "Exporter"] : []))
        {
            Build("build", $"src/{project}", "-p:Precompile=true", "-t:Build;Precompile");
            foreach (var file in Directory.GetFiles($"src/{project}/obj/Release", "*.dll", SearchOption.AllDirectories).Where(file => file.Contains("/precompiled/linux-x64/", StringComparison.Ordinal)))
            {
                File.Copy(file, Path.Combine(output, Path.GetFileName(file)), overwrite: true);
            }
        }

        return ["dotnet", Path.Combine(output, "WebApi.dll"), "--no-load"];
    }

    private static void Build(string verb, string project, params string[] arguments)
    {
        var build = System.Diagnostics.Process.Start("dotnet", [verb, project, "-c", "Release", "--nologo", "-v", "quiet", .. arguments]);
        build.WaitForExit();
        if (build.ExitCode != 0)
        {
            throw new InvalidOperationException($"{project} does not build; run from the repository's root.");
        }
    }
}
