namespace SelfProfiler.Serve;

/// <summary>A profile that can be fetched by name.</summary>
/// <param name="Name">The path, and the name of the file.</param>
/// <param name="Kind">What it shows.</param>
/// <param name="Sentence">For the index.</param>
internal sealed record ServedKind(string Name, ProfileKind Kind, string Sentence)
{
    private static readonly TimeSpan _default = TimeSpan.FromSeconds(30);

    /// <summary>How long is collected when nobody says; null: since process start (threads: now).</summary>
    public TimeSpan? Default { get; init; }

    /// <summary>A delta over "seconds" exists.</summary>
    public bool TakesSeconds { get; init; } = true;

    /// <summary>Added to the profile's comments.</summary>
    public string? Comment { get; init; }

    public static IReadOnlyList<ServedKind> All { get; } =
    [
        new("allocs", ProfileKind.Allocations, "Allocations since start, by the code that allocated."),
        new("block", ProfileKind.Waits, "Waits since start: events, semaphores, joins, blocking on tasks."),
        new("exceptions", ProfileKind.Exceptions, "Exceptions thrown since start, by the code that threw."),
        new("goroutine", ProfileKind.Threads, "The same as threads, under Go's name.") { TakesSeconds = false },
        new("heap", ProfileKind.Allocations, "Allocations since start; what is still alive is not known yet.")
        {
            Comment = "This is a profile of allocations: which of them are still alive is not known yet.",
        },
        new("mutex", ProfileKind.Contention, "Waiting for contended locks since start."),
        new("profile", ProfileKind.Cpu, "CPU time. Give the number of seconds; 30 is the default.") { Default = _default },
        new("threads", ProfileKind.Threads, "The stacks of all managed threads now.") { TakesSeconds = false },
        new("wall", ProfileKind.Wall, "Wall-clock time of requests. Give the number of seconds; 30 is the default.") { Default = _default },
    ];

    public static ServedKind? Find(string name)
    {
        foreach (var kind in All)
        {
            if (kind.Name == name)
            {
                return kind;
            }
        }

        return null;
    }
}
