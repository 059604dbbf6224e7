using System.Globalization;
using SelfProfiler.Symbolize;

namespace SelfProfiler.TestKit;

/// <summary>Builds profiles by hand, so that encoders and exporters can be tested without running anything.</summary>
public sealed class SyntheticProfile(ProfileKind kind)
{
    private readonly List<Frame> _frames = [];
    private readonly List<int> _parents = [0];
    private readonly List<int> _nodeFrames = [0];
    private readonly Dictionary<(int Parent, int Frame), int> _nodes = [];
    private readonly Dictionary<string, int> _frameOfName = [];
    private readonly List<KeyValuePair<string, string>[]> _labelSets = [[]];
    private readonly Dictionary<string, int> _labelSetOfText = new() { [""] = 0 };
    private readonly List<ProfileSample> _samples = [];

    public DateTimeOffset Start { get; init; } = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(15);

    public bool Cumulative { get; init; }

    public string[] Comments { get; init; } = [];

    /// <summary>One row. Labels are written <c>key=value</c>; frames root first, optionally <c>Name@file:line</c>.</summary>
    public SyntheticProfile Add(long count, long value, string[] labels, params string[] frames)
    {
        _samples.Add(new ProfileSample(NodeOf(frames), LabelSetOf(labels), count, value));
        return this;
    }

    public Profile Build()
    {
        var types = TypesOf(kind);
        return new Profile(new ProfileData
        {
            Kind = kind,
            Start = Start,
            Duration = Duration,
            Cumulative = Cumulative,
            SampleTypes = types,
            PeriodType = kind switch
            {
                ProfileKind.Cpu or ProfileKind.Wall => types[^1],
                ProfileKind.Allocations => ("space", "bytes"),
                _ => types[0],
            },
            Period = kind switch
            {
                ProfileKind.Cpu or ProfileKind.Wall => 10_000_000,
                ProfileKind.Allocations => 102_400,
                _ => 1,
            },
            Frames = [.. _frames],
            NodeParent = [.. _parents],
            NodeFrame = [.. _nodeFrames],
            Samples = [.. _samples],
            LabelSets = [.. _labelSets],
            Comments = Comments,
            Program = "Shop",
        });
    }

    /// <summary>A profile of a shop: a few routes, traces and stacks, every name a .NET one.</summary>
    public static SyntheticProfile Shop(ProfileKind kind, DateTimeOffset? start = null)
    {
        var profile = new SyntheticProfile(kind) { Start = start ?? new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero) };
        string[] order = ["route=/orders/{id}", "span_id=00f067aa0ba902b7", "trace_id=4bf92f3577b34da6a3ce929d0e0e4736"];
        return profile
            .Add(6, 60_000_000, order, "Shop.Program.Main(string[])@Program.cs:10", "Shop.OrderService.GetAsync(int)@Orders.cs:42")
            .Add(3, 30_000_000, order, "Shop.Program.Main(string[])@Program.cs:10", "Shop.OrderService.GetAsync(int)@Orders.cs:44", "System.Collections.Generic.List<T>.Sort()")
            .Add(2, 20_000_000, ["route=/basket"], "Shop.Program.Main(string[])@Program.cs:11", "Shop.Basket.<Total>g__Add|3_0(int)@Basket.cs:7")
            .Add(1, 10_000_000, [], "[gc]");
    }

    /// <summary>Many rows over many stacks: row <c>i</c> has the stack <c>i % stacks</c> and its own trace.</summary>
    public static SyntheticProfile Large(ProfileKind kind, int samples, int stacks, int depth = 30, int traces = 1_000)
    {
        var profile = new SyntheticProfile(kind);
        var leaves = new int[stacks];
        var frames = new string[depth];
        for (var stack = 0; stack < stacks; stack++)
        {
            for (var level = 0; level < depth; level++)
            {
                // A tree that branches more the deeper it gets.
                var branch = level < 8 ? 0 : stack >> Math.Max(0, 22 - level);
                frames[level] = string.Create(CultureInfo.InvariantCulture, $"Shop.Area{level}.Service{branch % 199}.HandleAsync(int, string)@src/Area{level}/Service{branch % 199}.cs:{(branch % 17) + 10}");
            }

            leaves[stack] = profile.NodeOf(frames);
        }

        for (var i = 0; i < samples; i++)
        {
            var trace = i / stacks % traces;
            var set = profile.LabelSetOf([string.Create(CultureInfo.InvariantCulture, $"route=/area/{trace % 20}"), string.Create(CultureInfo.InvariantCulture, $"trace_id={trace + 1:x32}")]);
            profile._samples.Add(new ProfileSample(leaves[i % stacks], set, 1, 10_000_000 + i));
        }

        return profile;
    }

    private static (string Type, string Unit)[] TypesOf(ProfileKind kind) => kind switch
    {
        ProfileKind.Cpu => [("samples", "count"), ("cpu", "nanoseconds")],
        ProfileKind.Wall => [("samples", "count"), ("wall", "nanoseconds")],
        ProfileKind.Allocations => [("alloc_objects", "count"), ("alloc_space", "bytes")],
        ProfileKind.Contention or ProfileKind.Waits => [("contentions", "count"), ("delay", "nanoseconds")],
        ProfileKind.Exceptions => [("exceptions", "count")],
        _ => [("threads", "count")],
    };

    private int NodeOf(string[] frames)
    {
        var node = 0;
        foreach (var text in frames)
        {
            var frame = FrameOf(text);
            if (!_nodes.TryGetValue((node, frame), out var child))
            {
                child = _parents.Count;
                _nodes.Add((node, frame), child);
                _parents.Add(node);
                _nodeFrames.Add(frame);
            }

            node = child;
        }

        return node;
    }

    private int FrameOf(string text)
    {
        if (!_frameOfName.TryGetValue(text, out var frame))
        {
            var place = text.Split('@');
            var (file, line) = place.Length > 1 && place[1].Split(':') is [var name, var number]
                ? (name, int.Parse(number, CultureInfo.InvariantCulture))
                : ("", 0);
            frame = _frames.Count;
            _frameOfName.Add(text, frame);
            _frames.Add(new Frame(place[0], file, line, "Shop", 0x7f00_0000_1000UL + ((ulong)frame << 4)));
        }

        return frame;
    }

    private int LabelSetOf(string[] labels)
    {
        var key = string.Join('\n', labels);
        if (!_labelSetOfText.TryGetValue(key, out var set))
        {
            set = _labelSets.Count;
            _labelSetOfText.Add(key, set);
            _labelSets.Add([.. labels.Select(label => label.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1])).OrderBy(pair => pair.Key, StringComparer.Ordinal)]);
        }

        return set;
    }
}
