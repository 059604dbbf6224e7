namespace SelfProfiler.Serve;

/// <summary>Answers <c>boost</c>: more samples for a while.</summary>
internal static class BoostAnswer
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static PprofResponse Make(ServedProfiler profiler, string rawQuery, DateTimeOffset now)
    {
        var reader = new PprofQueryReader(rawQuery, now);
        var duration = reader.Read(fractions: false).Seconds;
        if (reader.Error is { } sentence)
        {
            return PprofResponse.Error(400, sentence);
        }

        if (duration > Longest)
        {
            return PprofResponse.Error(400, FormattableString.Invariant($"\"seconds\" is {duration.Value.TotalSeconds:0}; a boost lasts at most {Longest.TotalSeconds:0} seconds."));
        }

        if (!profiler.Enabled())
        {
            return ProfilePlanner.Off();
        }

        profiler.Boost(duration);
        return PprofResponse.OfText("More samples are taken for a while, within the boost's budget; they carry the label trigger=on_demand. \"status\" says until when.\n");
    }
}
