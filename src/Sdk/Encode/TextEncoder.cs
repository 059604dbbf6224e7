using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace SelfProfiler.Encode;

/// <summary>Writes a profile as the texts of <c>debug=1</c>: counts, addresses and frames, in forms that pprof reads too.</summary>
internal static class TextEncoder
{
    /// <param name="profile">What to write.</param>
    /// <param name="name">The name it was asked for by, such as <c>goroutine</c>.</param>
    /// <param name="output">Stays open.</param>
    public static void Write(Profile profile, string name, Stream output)
    {
        var data = profile.Data;
        var tables = new ProfileTables(data);
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 16 * 1024, leaveOpen: true) { NewLine = "\n" };
        WriteHead(profile, name, writer);
        foreach (var sample in Ordered(data))
        {
            WriteSample(data, sample, writer);
            WriteAddresses(data, tables, sample.LeafNode, writer);
            WriteLabels(data.LabelSets[sample.LabelSet], writer);
            if (data.Kind is ProfileKind.Cpu or ProfileKind.Wall)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"# {data.SampleTypes[^1].Type}: {sample.Value / 1e6:0.###} ms"));
            }

            WriteFrames(data, tables, sample.LeafNode, writer);
            writer.WriteLine();
        }

        foreach (var comment in data.Comments)
        {
            writer.WriteLine($"# {OneLine(comment)}");
        }
    }

    /// <summary>Largest first, like Go; equal ones in the order of the profile.</summary>
    public static IEnumerable<ProfileSample> Ordered(ProfileData data) =>
        data.Samples.Where(sample => ProfileTables.Keeps(data, sample))
            .OrderByDescending(sample => data.SampleTypes.Length == 1 ? sample.Count : sample.Value);

    public static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static void WriteHead(Profile profile, string name, StreamWriter writer)
    {
        switch (profile.Kind)
        {
            case ProfileKind.Allocations:
                // "/2" is a sampling rate of one: the values are estimates already, and readers must not scale them again.
                writer.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"heap profile: 0: 0 [{profile.Sum(0)}: {profile.Sum(1)}] @ heap/2"));
                break;
            case ProfileKind.Contention:
                writer.Write("--- mutex:\ncycles/second=1000000000\nsampling period=1\n");
                break;
            case ProfileKind.Waits:
                writer.Write("--- contention:\ncycles/second=1000000000\n");
                break;
            default:
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} profile: total {profile.Sum(0)}"));
                break;
        }
    }

    private static void WriteSample(ProfileData data, ProfileSample sample, StreamWriter writer) =>
        writer.Write(data.Kind switch
        {
            ProfileKind.Allocations => string.Create(CultureInfo.InvariantCulture, $"0: 0 [{sample.Count}: {sample.Value}] @"),
            ProfileKind.Contention or ProfileKind.Waits => string.Create(CultureInfo.InvariantCulture, $"{sample.Value} {sample.Count} @"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{sample.Count} @"),
        });

    private static void WriteAddresses(ProfileData data, ProfileTables tables, int leaf, StreamWriter writer)
    {
        foreach (var node in LeafFirst(data, leaf))
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $" 0x{tables.Locations[tables.Node[node] - 1].Address:x}"));
        }

        writer.WriteLine();
    }

    private static void WriteLabels(KeyValuePair<string, string>[] labels, StreamWriter writer)
    {
        if (labels.Length > 0)
        {
            var pairs = labels.Select(label => $"\"{Escape(label.Key)}\":\"{Escape(label.Value)}\"");
            writer.WriteLine($"# labels: {{{string.Join(", ", pairs)}}}");
        }
    }

    private static string Escape(string text) => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);

    private static void WriteFrames(ProfileData data, ProfileTables tables, int leaf, StreamWriter writer)
    {
        foreach (var node in LeafFirst(data, leaf))
        {
            var location = tables.Locations[tables.Node[node] - 1];
            var function = tables.Functions[location.Function];
            var file = function.File == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"\t{tables.Strings[function.File]}:{location.Line}");
            writer.WriteLine(OneLine(string.Create(CultureInfo.InvariantCulture, $"#\t0x{location.Address:x}\t{tables.Strings[function.Name]}{file}")));
        }
    }

    public static IEnumerable<int> LeafFirst(ProfileData data, int leaf)
    {
        var node = leaf;
        do
        {
            yield return node;
            node = node == 0 ? 0 : data.NodeParent[node];
        }
        while (node != 0);
    }
}
