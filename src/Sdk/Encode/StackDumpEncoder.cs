using System.Globalization;
using System.Text;

namespace SelfProfiler.Encode;

/// <summary>Writes a profile as the text of <c>debug=2</c>: one block per thread, in the form of a Go stack dump.</summary>
internal static class StackDumpEncoder
{
    // One thread per block; a profile of another kind has counts without a bound.
    private const int MostBlocks = 10_000;

    public static void Write(Profile profile, string name, Stream output)
    {
        var data = profile.Data;
        var tables = new ProfileTables(data);
        var word = name == "goroutine" ? "goroutine" : "thread";
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 16 * 1024, leaveOpen: true) { NewLine = "\n" };
        var number = 0;
        foreach (var sample in TextEncoder.Ordered(data))
        {
            for (var i = 0L; i < sample.Count; i++)
            {
                if (number == MostBlocks)
                {
                    writer.WriteLine($"... more than {MostBlocks} blocks; ask with debug=1 for counts");
                    return;
                }

                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word} {++number} [{State(data.LabelSets[sample.LabelSet])}]:"));
                WriteFrames(data, tables, sample.LeafNode, writer);
                writer.WriteLine();
            }
        }
    }

    private static string State(KeyValuePair<string, string>[] labels) =>
        labels.Length == 0 ? "running" : TextEncoder.OneLine(string.Join(", ", labels.Select(label => $"{label.Key}={label.Value}")));

    private static void WriteFrames(ProfileData data, ProfileTables tables, int leaf, StreamWriter writer)
    {
        foreach (var node in TextEncoder.LeafFirst(data, leaf))
        {
            var location = tables.Locations[tables.Node[node] - 1];
            var function = tables.Functions[location.Function];
            writer.WriteLine(TextEncoder.OneLine(tables.Strings[function.Name]));
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"\t{(function.File == 0 ? "?" : TextEncoder.OneLine(tables.Strings[function.File]))}:{location.Line} +0x{location.Address:x}"));
        }
    }
}
