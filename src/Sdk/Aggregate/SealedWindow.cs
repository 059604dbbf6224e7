using SelfProfiler.Labels;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Aggregate;

/// <summary>One row of a sealed window.</summary>
/// <param name="Node">Index of the stack's leaf in <see cref="SealedWindow.NodeParent"/>.</param>
/// <param name="Label">As in <see cref="SampleKey"/>.</param>
/// <param name="Route">As in <see cref="SampleKey"/>.</param>
/// <param name="Flags">As in <see cref="SampleKey"/>.</param>
/// <param name="Count">Occurrences.</param>
/// <param name="Value">Nanoseconds or bytes, by kind.</param>
internal readonly record struct SealedRow(int Node, LabelRef Label, int Route, SampleFlags Flags, long Count, long Value);

/// <summary>What was sampled between two moments, immutable: stacks and values are final; requests are joined when somebody asks.</summary>
internal sealed class SealedWindow
{
    /// <summary>Monotonic nanoseconds.</summary>
    public required long From { get; init; }

    public required long To { get; init; }

    public required DateTimeOffset Start { get; init; }

    public TimeSpan Duration => TimeSpan.FromTicks((To - From) / 100);

    public required FrameKey[] Frames { get; init; }

    /// <summary>Node 0 is the root; a parent is smaller than its children.</summary>
    public required int[] NodeParent { get; init; }

    public required int[] NodeFrame { get; init; }

    /// <summary>Rows by <see cref="ProfileKind"/>; empty where the window did not collect the kind.</summary>
    public required SealedRow[][] Rows { get; init; }

    /// <summary>The requests the rows speak of, as they were known when the window was sealed.</summary>
    public required RequestInfo[] Requests { get; init; }

    public bool Cumulative { get; init; }

    /// <summary>Samples lost by the runtime or dropped by us in this time.</summary>
    public long Lost { get; init; }

    /// <summary>Sentences for people: fallbacks, losses, accuracy.</summary>
    public string[] Comments { get; init; } = [];

    /// <summary>Names instead of <see cref="Frames"/>, in a window of another process; null in one of ours.</summary>
    public Frame[]? Named { get; init; }

    /// <summary>Texts of the routes and label sets of a window of another process; null in one of ours.</summary>
    public LabelTexts? Texts { get; init; }

    /// <summary>As a window of another process, whose requests have all ended.</summary>
    public SealedWindow FromElsewhere(Frame[] named, LabelTexts texts) => new()
    {
        From = From,
        To = To,
        Start = Start,
        Frames = Frames,
        NodeParent = NodeParent,
        NodeFrame = NodeFrame,
        Rows = Rows,
        Requests = Array.ConvertAll(Requests, request => request.Ended ? request : request with { End = To }),
        Cumulative = Cumulative,
        Lost = Lost,
        Comments = Comments,
        Named = named,
        Texts = texts,
    };
}
