using System.Runtime.InteropServices;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Aggregate;

/// <summary>Answers a question: merges sealed windows of one kind, joins requests, applies the filter, names frames and labels. Any thread.</summary>
internal sealed class ProfileBuilder(ProfileKind kind, ProfileFilter filter, LabelTexts labels, Func<FrameKey, bool, Frame> resolve)
{
    private readonly List<Frame> _frames = [];
    private readonly Dictionary<(ulong Identity, string Function), int> _frameIndex = [];
    private readonly List<int> _nodeParent = [-1];
    private readonly List<int> _nodeFrame = [0];
    private readonly Dictionary<(int Parent, int Frame), int> _nodes = [];
    private readonly Dictionary<(int Node, int LabelSet), (long Count, long Value)> _rows = [];

    // Of the window before: windows from history share their stacks.
    private int[] _stacksOf = [];
    private int[] _mergedNodes = [];
    private int[] _mergedFrames = [];

    /// <param name="windows">The oldest first; looked at one by one, so that they may be more than memory holds.</param>
    /// <param name="program">Its name.</param>
    public Profile Build(IEnumerable<SealedWindow> windows, string program)
    {
        var label = new LabelJoin(filter, labels);
        SealedWindow? first = null;
        var duration = TimeSpan.Zero;
        var comments = new Comments();
        foreach (var window in windows)
        {
            first ??= window;
            duration += window.Duration;
            comments.Add(window.Comments);
            Merge(window, label);
        }

        if (label.Cut > 0)
        {
            labels.Cut(label.Cut);
            comments.Add([FormattableString.Invariant($"{label.Cut} samples stand without trace and span, because there are too many of them: ask for a shorter time.")]);
        }

        var shape = ProfileShape.Of(kind);
        var samples = new ProfileSample[_rows.Count];
        int count = 0;
        foreach (var ((node, set), (occurrences, value)) in _rows)
        {
            samples[count++] = new ProfileSample(node, set, occurrences, value);
        }

        return new Profile(new ProfileData
        {
            Kind = kind,
            Start = first?.Start ?? DateTimeOffset.UnixEpoch,
            Duration = duration,
            SampleTypes = shape.SampleTypes,
            PeriodType = shape.PeriodType,
            Period = shape.Period,
            Cumulative = first?.Cumulative ?? false,
            Frames = [.. _frames],
            NodeParent = [.. _nodeParent],
            NodeFrame = [.. _nodeFrame],
            Samples = samples,
            LabelSets = label.Sets(),
            RootSpans = label.Roots(),
            Comments = comments.ToArray(),
            Program = program,
        });
    }

    private void Merge(SealedWindow window, LabelJoin label)
    {
        label.Begin(window);
        if (!ReferenceEquals(_stacksOf, window.NodeParent))
        {
            _stacksOf = window.NodeParent;
            _mergedNodes = new int[window.NodeParent.Length];
            _mergedFrames = new int[(window.Named ?? (Array)window.Frames).Length];
            Array.Fill(_mergedFrames, -1);
        }

        foreach (var row in window.Rows[(int)kind])
        {
            if ((row.Flags & SampleFlags.Unlabelled) != 0 && kind == ProfileKind.Wall && !filter.AllThreads)
            {
                continue;
            }

            int set = label.Find(row);
            if (set < 0)
            {
                continue;
            }

            int node = NodeOf(window, row.Node, _mergedNodes, _mergedFrames);
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, (node, set), out _);
            sum.Count += row.Count;
            sum.Value += row.Value;
        }
    }

    /// <summary>The merged node for a window's node; only stacks that passed the filter are named, callers first.</summary>
    private int NodeOf(SealedWindow window, int node, int[] nodes, int[] frames)
    {
        if (node == 0 || nodes[node] != 0)
        {
            return nodes[node];
        }

        int parent = NodeOf(window, window.NodeParent[node], nodes, frames);
        int frame = FrameOf(window, window.NodeFrame[node], frames);
        if (parent != 0 && _nodeFrame[parent] == frame && !filter.NativeFrames && StandsForMany(window, window.NodeFrame[node]))
        {
            return nodes[node] = parent; // a name that stands for a whole library: five of them in a row say no more than one
        }

        ref int merged = ref CollectionsMarshal.GetValueRefOrAddDefault(_nodes, (parent, frame), out bool known);
        if (!known)
        {
            merged = _nodeParent.Count;
            _nodeParent.Add(parent);
            _nodeFrame.Add(frame);
        }

        nodes[node] = merged;
        return merged;
    }

    // Names of methods end with their parameters; a window of another process has names alone.
    private static bool StandsForMany(SealedWindow window, int frame) =>
        window.Named is { } named ? !named[frame].Function.EndsWith(')') : window.Frames[frame].Body is null;

    private int FrameOf(SealedWindow window, int frame, int[] frames)
    {
        if (frames[frame] < 0)
        {
            var named = window.Named is { } names ? names[frame] : resolve(window.Frames[frame], filter.NativeFrames);
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_frameIndex, (named.Identity, named.Function), out bool known);
            if (!known)
            {
                index = _frames.Count;
                _frames.Add(named);
            }

            frames[frame] = index;
        }

        return frames[frame];
    }
}
