using SelfProfiler.Encode;
using SelfProfiler.Symbolize;

namespace SelfProfiler;

/// <summary>A finished profile: what was asked for, filtered, named and labelled. It never changes.</summary>
public sealed class Profile
{
    internal Profile(ProfileData data) => Data = data;

    /// <summary>What it measures.</summary>
    public ProfileKind Kind => Data.Kind;

    /// <summary>When collection began.</summary>
    public DateTimeOffset Start => Data.Start;

    /// <summary>How long was collected.</summary>
    public TimeSpan Duration => Data.Duration;

    /// <summary>Name and unit of each value, in the order of <see cref="Sum"/>.</summary>
    public IReadOnlyList<(string Type, string Unit)> SampleTypes => Data.SampleTypes;

    /// <summary>Distinct combinations of stack and labels.</summary>
    public int SampleCount => Data.Samples.Length;

    internal ProfileData Data { get; }

    /// <summary>The same with other sentences.</summary>
    internal Profile WithComments(string[] comments) => new(new ProfileData
    {
        Kind = Data.Kind,
        Start = Data.Start,
        Duration = Data.Duration,
        SampleTypes = Data.SampleTypes,
        PeriodType = Data.PeriodType,
        Period = Data.Period,
        Cumulative = Data.Cumulative,
        Frames = Data.Frames,
        NodeParent = Data.NodeParent,
        NodeFrame = Data.NodeFrame,
        Samples = Data.Samples,
        FirstBaseSample = Data.FirstBaseSample,
        LabelSets = Data.LabelSets,
        RootSpans = Data.RootSpans,
        Comments = comments,
        Program = Data.Program,
    });

    /// <summary>The sum of one value over all samples.</summary>
    /// <param name="index">Index in <see cref="SampleTypes"/>.</param>
    public long Sum(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Data.SampleTypes.Length, nameof(index));
        long sum = 0;
        foreach (var sample in Data.Samples)
        {
            sum += index == 0 ? sample.Count : sample.Value;
        }

        return sum;
    }

    /// <summary>Writes the profile. Equal profiles give equal bytes.</summary>
    /// <param name="output">Stays open.</param>
    /// <param name="format">The file format.</param>
    public void WriteTo(Stream output, ProfileFormat format = ProfileFormat.Pprof)
    {
        ArgumentNullException.ThrowIfNull(output);
        switch (format)
        {
            case ProfileFormat.Pprof:
                PprofEncoder.Write(this, output);
                break;
            case ProfileFormat.Folded:
                FoldedEncoder.Write(this, output);
                break;
            case ProfileFormat.Speedscope:
                SpeedscopeEncoder.Write(this, output);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "A profile is written as pprof, folded stacks or speedscope.");
        }
    }
}

/// <summary>The tables of a profile, as encoders read them: arrays of numbers, strings at the two ends only.</summary>
internal sealed class ProfileData
{
    public required ProfileKind Kind { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>One or two; the first is always a count. Threads and exceptions have one.</summary>
    public required (string Type, string Unit)[] SampleTypes { get; init; }

    public required (string Type, string Unit) PeriodType { get; init; }

    public required long Period { get; init; }

    /// <summary>Since process start, never falling (Go semantics), instead of an interval.</summary>
    public bool Cumulative { get; init; }

    public required Frame[] Frames { get; init; }

    /// <summary>Stacks as a tree. Node 0 is the root and has no frame; every other node: index of its parent (the caller), which is smaller than its own.</summary>
    public required int[] NodeParent { get; init; }

    /// <summary>Index in <see cref="Frames"/> for each node.</summary>
    public required int[] NodeFrame { get; init; }

    public required ProfileSample[] Samples { get; init; }

    /// <summary>In a difference: from here on samples are what is compared with, with negative values. Null in every other profile.</summary>
    public int? FirstBaseSample { get; init; }

    /// <summary>Index 0 is the empty set. Keys are unique within a set and sorted ordinally.</summary>
    public required KeyValuePair<string, string>[][] LabelSets { get; init; }

    /// <summary>For each label set the span id of its request's local root, as 16 hex digits, or null; empty when not known. Backends link a trace's profile by it.</summary>
    public string?[] RootSpans { get; init; } = [];

    /// <summary>Sentences for people: losses, fallbacks, what the governor gave up.</summary>
    public string[] Comments { get; init; } = [];

    /// <summary>Name of the program; becomes the first mapping.</summary>
    public string Program { get; init; } = "";
}

/// <summary>One row: a stack (its leaf's node), labels, and its values.</summary>
internal readonly record struct ProfileSample(int LeafNode, int LabelSet, long Count, long Value);
