using System.Runtime.CompilerServices;
using SelfProfiler.Labels;

namespace SelfProfiler.History;

/// <summary>A window as history keeps it: sections of compressed columns. Its nodes are those of the tables it was packed with; it never changes but for <see cref="Late"/>.</summary>
internal sealed record PackedWindow
{
    private const long Fixed = 400;

    /// <summary>Monotonic nanoseconds.</summary>
    public required long From { get; init; }

    public required long To { get; init; }

    public required DateTimeOffset Start { get; init; }

    public DateTimeOffset End => Start + TimeSpan.FromTicks((To - From) / 100);

    public required long Lost { get; init; }

    public required string[] Comments { get; init; }

    /// <summary>How many requests its rows speak of; 0 in a coarse window.</summary>
    public required int RequestCount { get; init; }

    /// <summary>Trace and root span of each request, 24 bytes: random, so nothing makes them smaller.</summary>
    public required byte[] Ids { get; init; }

    /// <summary>What else is known of the requests.</summary>
    public required byte[] Requests { get; init; }

    /// <summary>Rows by <see cref="ProfileKind"/>; empty where there are none.</summary>
    public required byte[][] Rows { get; init; }

    /// <summary>What the rows of each kind sum up to; for a time line.</summary>
    public required long[] Sums { get; init; }

    /// <summary>Requests that ran when the window was sealed, by their index: what is known of them by now.</summary>
    public required (int Index, RequestInfo Info)[] Late { get; set; }

    /// <summary>Every request has an end.</summary>
    public bool Settled => Array.TrueForAll(Late, late => late.Info.Ended);

    /// <summary>Memory it takes, by the sizes of its arrays.</summary>
    public long Bytes => Fixed + Ids.LongLength + Requests.LongLength + Rows.Sum(rows => rows.LongLength == 0 ? 0 : rows.LongLength + 24)
        + (Late.LongLength * Unsafe.SizeOf<(int, RequestInfo)>());
}
