using System.IO.Compression;
using SelfProfiler.Encode;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Exporter.Series;

/// <summary>Cuts a profile into pprof files that a server takes: not more samples than it allows, not more bytes once decompressed.</summary>
/// <remarks>Used for one export after the other; its buffers serve all files of one export.</remarks>
internal sealed class ProfileParts(int maxSamples, long maxBytes) : IDisposable
{
    private readonly MemoryStream _plain = new();
    private readonly MemoryStream _file = new();

    // Series of one profile have its frames.
    private Frame[]? _frames;
    private FrameCatalog? _catalog;

    /// <summary>Gzipped pprof files that together are the profile; each is valid until the next is asked for.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Encode(ProfileData data)
    {
        // Each part starts a millisecond later: servers take two profiles of one series and one time for the same.
        var part = 0;
        _catalog = _frames == data.Frames ? _catalog : new FrameCatalog(data.Frames);
        _frames = data.Frames;
        foreach (var slice in Slices(data, maxSamples))
        {
            var rest = new Stack<ProfileData>([slice]);
            while (rest.TryPop(out var piece))
            {
                _plain.SetLength(0);
                _plain.Capacity = Math.Max(_plain.Capacity, (int)Math.Min(maxBytes, 64L * (piece.Samples.Length + piece.NodeParent.Length)));
                PprofEncoder.WriteUncompressed(piece.With(piece.Samples, start: data.Start.AddMilliseconds(part)), _plain, _catalog);
                if (_plain.Length > maxBytes && piece.Samples.Length > 1)
                {
                    Halve(piece, rest);
                    continue;
                }

                part++;
                yield return Compress();
            }
        }
    }

    public void Dispose()
    {
        _plain.Dispose();
        _file.Dispose();
    }

    /// <summary>Equal slices; neighbours in the tree stay together, so that the parts repeat few names.</summary>
    public static IEnumerable<ProfileData> Slices(ProfileData data, int maxSamples)
    {
        var keeps = data.Samples.Count(sample => ProfileTables.Keeps(data, sample));
        if (keeps > 0 && data.Samples.Length <= maxSamples)
        {
            yield return data;
            yield break;
        }

        // Indexes, not samples: those are large, and each part gets its own.
        var order = new int[keeps];
        var next = 0;
        for (var i = 0; i < data.Samples.Length; i++)
        {
            if (ProfileTables.Keeps(data, data.Samples[i]))
            {
                order[next++] = i;
            }
        }

        Array.Sort(order, (a, b) => (data.Samples[a].LeafNode, data.Samples[a].LabelSet).CompareTo((data.Samples[b].LeafNode, data.Samples[b].LabelSet)));
        var subset = new ProfileSubset(data);
        var count = (keeps + maxSamples - 1) / maxSamples;
        for (var i = 0; i < count; i++)
        {
            var part = order[(int)((long)keeps * i / count)..(int)((long)keeps * (i + 1) / count)];
            yield return subset.Of(Array.ConvertAll(part, index => data.Samples[index]));
        }
    }

    /// <summary>The first half comes to lie on top.</summary>
    public static void Halve(ProfileData piece, Stack<ProfileData> rest)
    {
        var samples = piece.Samples.ToArray();
        Array.Sort(samples, (a, b) => (a.LeafNode, a.LabelSet).CompareTo((b.LeafNode, b.LabelSet)));
        var subset = new ProfileSubset(piece);
        rest.Push(subset.Of(samples[(samples.Length / 2)..]));
        rest.Push(subset.Of(samples[..(samples.Length / 2)]));
    }

    private ReadOnlyMemory<byte> Compress()
    {
        _file.SetLength(0);
        using (var gzip = new GZipStream(_file, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(_plain.GetBuffer().AsSpan(0, (int)_plain.Length));
        }

        return _file.GetBuffer().AsMemory(0, (int)_file.Length);
    }
}
