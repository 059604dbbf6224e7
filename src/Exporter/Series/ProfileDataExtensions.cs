namespace SelfProfiler.Exporter.Series;

internal static class ProfileDataExtensions
{
    /// <summary>The same with other samples, and other tables where they are given; what the samples do not use is not written.</summary>
    public static ProfileData With(
        this ProfileData data,
        ProfileSample[] samples,
        KeyValuePair<string, string>[][]? labelSets = null,
        int[]? parents = null,
        int[]? frames = null,
        DateTimeOffset? start = null) => new()
        {
            Kind = data.Kind,
            Start = start ?? data.Start,
            Duration = data.Duration,
            SampleTypes = data.SampleTypes,
            PeriodType = data.PeriodType,
            Period = data.Period,
            Cumulative = data.Cumulative,
            Frames = data.Frames,
            NodeParent = parents ?? data.NodeParent,
            NodeFrame = frames ?? data.NodeFrame,
            Samples = samples,
            LabelSets = labelSets ?? data.LabelSets,
            RootSpans = labelSets is null ? data.RootSpans : [],
            Comments = data.Comments,
            Program = data.Program,
        };
}
