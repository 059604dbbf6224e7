using SelfProfiler.Symbolize;

namespace SelfProfiler.Encode;

/// <summary>Puts a base beside a profile as <c>go tool pprof -diff_base</c> does: its samples with negative values and the label <c>pprof::base</c>.</summary>
internal static class ProfileDifference
{
    private const string BaseLabel = "pprof::base";

    /// <param name="current">What is looked at.</param>
    /// <param name="before">What it is compared with; of the same kind.</param>
    public static Profile Of(Profile current, ProfileData before)
    {
        var data = current.Data;
        var frames = new List<Frame>(data.Frames);
        var frameIndex = new Dictionary<(string, string, int), int>();
        var modules = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < data.Frames.Length; i++)
        {
            frameIndex.TryAdd((data.Frames[i].Function, data.Frames[i].Module, data.Frames[i].Line), i);
            modules.TryAdd(data.Frames[i].Function, data.Frames[i].Module);
        }

        var parents = new List<int>(data.NodeParent);
        var nodeFrames = new List<int>(data.NodeFrame);
        var nodes = new Dictionary<(int, int), int>();
        for (int node = 1; node < parents.Count; node++)
        {
            nodes.TryAdd((parents[node], nodeFrames[node]), node);
        }

        int[] moved = new int[before.NodeParent.Length];
        for (int node = 1; node < moved.Length; node++)
        {
            // A pprof file does not say of which assembly a function is.
            var frame = before.Frames[before.NodeFrame[node]];
            string module = frame.Module.Length > 0 ? frame.Module : modules.GetValueOrDefault(frame.Function, "");
            var key = (frame.Function, module, frame.Line);
            if (!frameIndex.TryGetValue(key, out int index))
            {
                frameIndex.Add(key, index = frames.Count);
                frames.Add(frame with { Module = module, Identity = frame.Identity == 0 ? (ulong)index + (1UL << 61) : frame.Identity });
            }

            var place = (moved[before.NodeParent[node]], index);
            if (!nodes.TryGetValue(place, out moved[node]))
            {
                nodes.Add(place, moved[node] = parents.Count);
                parents.Add(place.Item1);
                nodeFrames.Add(index);
            }
        }

        return new Profile(new ProfileData
        {
            Kind = data.Kind,
            Start = data.Start,
            Duration = data.Duration,
            SampleTypes = data.SampleTypes,
            PeriodType = data.PeriodType,
            Period = data.Period,
            Frames = [.. frames],
            NodeParent = [.. parents],
            NodeFrame = [.. nodeFrames],
            Samples = [.. data.Samples, .. before.Samples.Select(sample => new ProfileSample(
                moved[sample.LeafNode], data.LabelSets.Length + sample.LabelSet, -sample.Count, -sample.Value))],
            FirstBaseSample = data.Samples.Length,
            LabelSets = [.. data.LabelSets, .. before.LabelSets.Select(Marked)],
            RootSpans = [],
            Comments = [.. data.Comments, "This is a difference: what is compared with has negative values and the label pprof::base."],
            Program = data.Program,
        });
    }

    private static KeyValuePair<string, string>[] Marked(KeyValuePair<string, string>[] labels) =>
        [.. labels.Append(new(BaseLabel, "true")).OrderBy(label => label.Key, StringComparer.Ordinal)];
}
