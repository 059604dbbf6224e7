using System.Globalization;

namespace SelfProfiler.SeccompHost;

/// <summary>The command line.</summary>
internal sealed record Options
{
    /// <summary>What the filter answers to perf_event_open.</summary>
    public string? Filter { get; init; }

    public bool Insist { get; init; }

    /// <summary>Call without looking first.</summary>
    public bool Reckless { get; init; }

    public int? Descriptors { get; init; }

    public string? Starve { get; init; }

    /// <summary>Attach while the process may use one CPU only, then allow all.</summary>
    public bool Widen { get; init; }

    /// <summary>Ask the kernel a second time.</summary>
    public bool Twice { get; init; }

    /// <summary>Become this program, under the filter, instead of sampling.</summary>
    public string[]? Execute { get; init; }

    public static Options Parse(string[] args)
    {
        var options = new Options();
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--filter" => options with { Filter = args[++i] },
                "--insist" => options with { Insist = true },
                "--reckless" => options with { Reckless = true },
                "--descriptors" => options with { Descriptors = int.Parse(args[++i], CultureInfo.InvariantCulture) },
                "--starve" => options with { Starve = args[++i] },
                "--widen" => options with { Widen = true },
                "--twice" => options with { Twice = true },
                "--exec" => options with { Execute = args[(i + 1)..(i = args.Length)] },
                var unknown => throw new ArgumentException($"Unknown argument {unknown}."),
            };
        }

        return options;
    }
}
