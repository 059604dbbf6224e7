using System.Globalization;
using System.Text;

namespace SelfProfiler.Encode;

/// <summary>Writes a profile as folded stacks, <c>root;frame;leaf value</c>: one line per stack, sorted, in the last of the profile's values. A difference has two numbers: before and now, as <c>difffolded.pl</c> writes them.</summary>
internal static class FoldedEncoder
{
    public static void Write(Profile profile, Stream output) => Write(profile.Data, output);

    public static void Write(ProfileData data, Stream output)
    {
        var values = StackValues.Of(data, data.SampleTypes.Length - 1);
        var before = StackValues.OfBase(data, data.SampleTypes.Length - 1);
        var names = Array.ConvertAll(data.Frames, frame => Clean(frame.Function));
        var nodes = new List<int>();
        var text = new StringBuilder();
        // Frames that differ only in their line become one here, so two nodes can give the same text.
        var lines = new Dictionary<string, (long Before, long Now)>(StringComparer.Ordinal);
        for (var leaf = 0; leaf < values.Length; leaf++)
        {
            if (values[leaf] == 0 && before?[leaf] is null or 0)
            {
                continue;
            }

            StackValues.Walk(data, leaf, nodes);
            text.Clear().AppendJoin(';', nodes.Select(node => names[data.NodeFrame[node]]));
            var line = leaf == 0 ? ProfileTables.UnknownFrame : text.ToString();
            var sum = lines.GetValueOrDefault(line);
            lines[line] = (sum.Before + (before?[leaf] ?? 0), sum.Now + values[leaf]);
        }

        using var writer = new StreamWriter(output, new UTF8Encoding(false), 16 * 1024, leaveOpen: true) { NewLine = "\n" };
        foreach (var (stack, value) in lines.OrderBy(line => line.Key, StringComparer.Ordinal))
        {
            writer.Write(stack);
            writer.Write(' ');
            if (before is not null)
            {
                writer.Write(value.Before.ToString(CultureInfo.InvariantCulture));
                writer.Write(' ');
            }

            writer.WriteLine(value.Now.ToString(CultureInfo.InvariantCulture));
        }
    }

    // The format knows no escaping: the separator and line ends cannot appear in a name.
    private static string Clean(string name)
    {
        var clean = name.Replace(';', ':').Replace('\n', ' ').Replace('\r', ' ').Trim();
        return clean.Length == 0 ? ProfileTables.UnknownFrame : clean;
    }
}
