using System.IO.Compression;
using SelfProfiler.Encode;

namespace SelfProfiler.Exporter.Series;

/// <summary>Cuts a profile into pprof files that a server takes: not more samples than it allows, not more bytes once decompressed.</summary>
internal static class ProfileParts
{
    /// <summary>The same tables with other samples; what they do not use is not written.</summary>
    public static ProfileData With(this ProfileData data, ProfileSample[] samples, KeyValuePair<string, string>[][]? labelSets = null, DateTimeOffset? start = null) => new()
    {
        Kind = data.Kind,
        Start = start ?? data.Start,
        Duration = data.Duration,
        SampleTypes = data.SampleTypes,
        PeriodType = data.PeriodType,
        Period = data.Period,
        Cumulative = data.Cumulative,
        Frames = data.Frames,
        NodeParent = data.NodeParent,
        NodeFrame = data.NodeFrame,
        Samples = samples,
        LabelSets = labelSets ?? data.LabelSets,
        RootSpans = labelSets is null ? data.RootSpans : [],
        Comments = data.Comments,
        Program = data.Program,
    };

    /// <summary>Gzipped pprof files that together are the profile.</summary>
    public static IEnumerable<byte[]> Encode(ProfileData data, int maxSamples, long maxBytes)
    {
        // Each part starts a millisecond later: servers take two profiles of one series and one time for the same.
        var part = 0;
        foreach (var slice in Slices(data, maxSamples))
        {
            var rest = new Stack<ProfileSample[]>([slice]);
            while (rest.TryPop(out var samples))
            {
                var (file, bytes) = EncodeOne(data.With(samples, start: data.Start.AddMilliseconds(part)));
                if (bytes > maxBytes && samples.Length > 1)
                {
                    rest.Push(samples[(samples.Length / 2)..]);
                    rest.Push(samples[..(samples.Length / 2)]);
                    continue;
                }

                part++;
                yield return file;
            }
        }
    }

    /// <summary>Equal slices; neighbours in the tree stay together, so that the parts repeat few names.</summary>
    public static IEnumerable<ProfileSample[]> Slices(ProfileData data, int maxSamples)
    {
        var kept = Array.FindAll(data.Samples, sample => ProfileTables.Keeps(data, sample));
        if (kept.Length > maxSamples)
        {
            Array.Sort(kept, (a, b) => (a.LeafNode, a.LabelSet).CompareTo((b.LeafNode, b.LabelSet)));
        }

        var count = (kept.Length + maxSamples - 1) / maxSamples;
        for (var i = 0; i < count; i++)
        {
            yield return kept[(int)((long)kept.Length * i / count)..(int)((long)kept.Length * (i + 1) / count)];
        }
    }

    private static (byte[] File, long Uncompressed) EncodeOne(ProfileData data)
    {
        using var file = new MemoryStream();
        using var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
        using var counting = new CountingStream(gzip);
        PprofEncoder.WriteUncompressed(data, counting);
        gzip.Dispose();
        return (file.ToArray(), counting.Written);
    }
}
