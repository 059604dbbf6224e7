using System.Globalization;

namespace SelfProfiler.Bench.Overhead;

/// <summary>What to measure and for how long. The number of rounds is fixed before anything is measured.</summary>
internal sealed record Options
{
    public const string Help = """
        dotnet run -c Release --project bench/Overhead -- [options]

          --quick              two minutes instead of ten: A/A and default only, short phases, no starts
          --rounds N           pairs for A/A, default and eventpipe (6; the others get a third: a median, no interval)
          --side-by-side N     instead: N rounds with two programs under load at once, one on and one off, then the other way round: what else the machine does strikes both
          --variants a,b       only these, beside A/A
          --threads N          blocked threads in the program (0)
          --connections N      of the load (16)
          --rate N             requests per second of the open loop (half of what saturates)
          --paths a,b          what is requested, in turn
          --command "…"        another program than samples/WebApi; it must listen where ASPNETCORE_URLS says
          --output DIR         where rounds.csv, suspensions.csv, memory.csv, results.md and plot.svg go (bench/Overhead/results)
          --gaps N             instead of load: pauses a spinning thread sees and the cost of new threads, N rounds off and on
          --gap-seconds N      length of each look (4)
          --settle N           seconds between switching and measuring (2.5; side by side 8, gaps 3, quick 1): sessions start and list the methods that exist, which is no steady state
          --first-answers N    instead of load: time to the first answer of fresh processes, N rounds, each variant beside the program without the profiler
          --precompiled        the sample with the libraries as packages have them, machine code included; without it they are compiled while they run
          --attribute N        instead: where the profiler's processor time goes, by perf from outside for N seconds, at the rate of the open loop
          --warm-up N          seconds of load with each variant on before the first round (40; side by side 45, gaps 20, quick 8), in turn for all programs at once: what the profiler does once a second is compiled for good after a minute or more
          --open N             seconds of each open loop (1.2; quick 0.9)
          --closed N           seconds of each closed loop (0.6; quick 0.4)
          --look N             seconds of open loop after each measurement in which the runtime tells of suspensions (0.6; quick 0.4; 0: none)
          --starts N           fresh starts of each for memory and start-up time (3; side by side and quick none)
          --start-load N       seconds of load before memory is looked at (2)
        """;

    public string[] Command { get; init; } = [];

    /// <summary>The sample can be started without the profiler in it.</summary>
    public bool IsSample { get; init; }

    public string[] Variants { get; init; } = [];

    public string[] Paths { get; init; } = ["/orders/2", "/orders/4", "/orders/6", "/orders/8", "/orders/10", "/orders/3", "/alloc?kb=16", "/wait?ms=2"];

    public int Rounds { get; init; } = 6;

    /// <summary>0: off and on in turn in one program.</summary>
    public int SideBySide { get; init; }

    public int BlockedThreads { get; init; }

    public int Connections { get; init; } = 16;

    public double Rate { get; init; }

    public bool Quick { get; init; }

    /// <summary>0: load is measured instead.</summary>
    public int GapRounds { get; init; }

    /// <summary>0: load is measured instead.</summary>
    public int FirstAnswers { get; init; }

    /// <summary>0: load is measured instead.</summary>
    public int AttributionSeconds { get; init; }

    public bool Precompiled { get; init; }

    public double GapSeconds { get; init; } = 4;

    public Phases Phases { get; init; } = new();

    public double WarmUpSeconds => Phases.WarmUp ?? (Quick ? 8 : GapRounds > 0 || AttributionSeconds > 0 ? 20 : SideBySide > 0 ? 45 : 40);

    /// <summary>Side by side longer: some seconds after switching on the profiler still lists methods now and then, which an always-on one does not.</summary>
    public double SettleSeconds => Phases.Settle ?? (SideBySide > 0 ? 8 : GapRounds > 0 ? 3 : Quick ? 1 : 2.5);

    public double OpenSeconds => Phases.Open ?? (Quick ? 0.9 : 1.2);

    public double ClosedSeconds => Phases.Closed ?? (Quick ? 0.4 : 0.6);

    public double LookSeconds => Phases.Look ?? (Quick ? 0.4 : 0.6);

    public int Starts => Phases.Starts ?? (Quick || SideBySide > 0 ? 0 : 3);

    public double StartLoadSeconds => Phases.StartLoad ?? 2;

    public string Output { get; init; } = "bench/Overhead/results";

    public static Options Parse(string[] arguments)
    {
        var options = new Options();
        if (arguments.Contains("--quick"))
        {
            options = options with { Quick = true, Variants = ["default"] };
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
                "--side-by-side" => options with { SideBySide = Number() },
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
                "--settle" => options with { Phases = options.Phases with { Settle = Seconds() } },
                "--warm-up" => options with { Phases = options.Phases with { WarmUp = Seconds() } },
                "--open" => options with { Phases = options.Phases with { Open = Seconds() } },
                "--closed" => options with { Phases = options.Phases with { Closed = Seconds() } },
                "--look" => options with { Phases = options.Phases with { Look = Seconds() } },
                "--starts" => options with { Phases = options.Phases with { Starts = Number() } },
                "--start-load" => options with { Phases = options.Phases with { StartLoad = Seconds() } },
                _ => throw new ArgumentException($"{arguments[i]} is not an option.\n{Help}"),
            };
        }

        return options;
    }
}

/// <summary>What was said of lengths and numbers; null: as long as the kind of run affords.</summary>
internal sealed record Phases
{
    public double? WarmUp { get; init; }

    public double? Settle { get; init; }

    public double? Open { get; init; }

    public double? Closed { get; init; }

    public double? Look { get; init; }

    public int? Starts { get; init; }

    public double? StartLoad { get; init; }
}
