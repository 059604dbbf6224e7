using System.Globalization;
using System.Net;
using System.Text;

namespace SelfProfiler.Serve.Ui;

/// <summary>Writes a flame graph as a picture that needs nothing else: no script, tool tips by the viewer, names searchable as text.</summary>
internal static class FlameSvg
{
    private const double Width = 1200;
    private const int Row = 17;
    private const int Head = 24;
    private const double Narrowest = 0.3;
    private const double CharWidth = 6.6;

    public static void Write(Profile profile, Stream output)
    {
        var tree = FlameTree.Of(profile.Data);
        var (type, unit) = profile.Data.SampleTypes[^1];
        long all = Math.Max(1, tree.Nodes[0].Total);
        int height = Head + ((tree.Deepest + 1) * Row) + 4;
        using var text = new StreamWriter(output, new UTF8Encoding(false), 16 * 1024, leaveOpen: true) { NewLine = "\n" };
        text.WriteLine(FormattableString.Invariant(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"100%\" font-family=\"Verdana, sans-serif\" font-size=\"11\">"));
        text.WriteLine(FormattableString.Invariant($"<rect width=\"{Width}\" height=\"{height}\" fill=\"#fff\"/>"));
        text.WriteLine(FormattableString.Invariant(
            $"<text x=\"6\" y=\"16\">{Escape(profile.Data.Program)} {type}, {Amount(tree.Nodes[0].Total, unit)}, {profile.Start.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z + {profile.Duration.TotalSeconds:0.#} s</text>"));

        var left = new double[tree.Deepest + 2];
        foreach (var node in tree.Nodes)
        {
            double x = left[node.Depth];
            double width = node.Total * Width / all;
            left[node.Depth] += width;
            left[node.Depth + 1] = x;
            if (width >= Narrowest)
            {
                Box(text, tree, node, x, width, Head + (node.Depth * Row), Amount(node.Total, unit), all);
            }
        }

        text.WriteLine("</svg>");
    }

    private static void Box(StreamWriter text, FlameTree tree, in FlameNode node, double x, double width, int y, string amount, long all)
    {
        string name = node.Function < 0 ? "all" : tree.Functions[node.Function].Name;
        double change = ((double)node.Total / all) - ((double)node.Base / Math.Max(1, tree.Nodes[0].Base));
        amount += tree.IsDifference ? FormattableString.Invariant($", change {100 * change:+0.##;-0.##;0} %") : "";
        text.WriteLine(FormattableString.Invariant(
            $"<g><title>{Escape(name)} ({amount}, {100.0 * node.Total / all:0.##} %)</title><rect x=\"{x:0.##}\" y=\"{y}\" width=\"{Math.Max(Narrowest, width - 0.5):0.##}\" height=\"{Row - 1}\" rx=\"1\" fill=\"{(tree.IsDifference ? Change(change) : Colour(node.Function < 0 ? null : tree.Functions[node.Function]))}\"/>"));
        int fits = (int)((width - 6) / CharWidth);
        if (fits >= 3)
        {
            string shown = name.Length <= fits ? name : name[..(fits - 1)] + "…";
            text.WriteLine(FormattableString.Invariant($"<text x=\"{x + 3:0.##}\" y=\"{y + 12}\">{Escape(shown)}</text>"));
        }

        text.WriteLine("</g>");
    }

    /// <summary>By assembly, the same in every picture.</summary>
    private static string Colour(FlameFunction? function)
    {
        if (function is null || function.Name.StartsWith('['))
        {
            return "#c8ccd4";
        }

        uint hash = 7;
        foreach (char c in function.Module)
        {
            hash = ((hash * 31) + c) % 3_600;
        }

        uint shade = 0;
        foreach (char c in function.Name)
        {
            shade = ((shade * 17) + c) % 12;
        }

        return string.Create(CultureInfo.InvariantCulture, $"hsl({hash % 360},62%,{70 + shade}%)");
    }

    /// <summary>Red where the share grew, blue where it shrank.</summary>
    private static string Change(double change)
    {
        double strength = Math.Min(1, Math.Sqrt(Math.Abs(change)) * 2);
        return FormattableString.Invariant($"hsl({(change > 0 ? 4 : 214)},{(Math.Abs(change) < 0.002 ? 4 : 25 + (strength * 55)):0}%,{90 - (strength * 30):0}%)");
    }

    private static string Amount(long value, string unit) => unit switch
    {
        "nanoseconds" => FormattableString.Invariant($"{value / 1e6:0.#} ms"),
        "bytes" => FormattableString.Invariant($"{value / 1024.0:0.#} kB"),
        _ => value.ToString("N0", CultureInfo.InvariantCulture),
    };

    /// <summary>Names are hostile input; what XML cannot carry at all becomes a question mark.</summary>
    private static string Escape(string text) => WebUtility.HtmlEncode(
        string.Create(text.Length, text, static (chars, from) =>
        {
            for (int i = 0; i < chars.Length; i++)
            {
                char c = from[i];
                bool paired = char.IsSurrogate(c) && (char.IsHighSurrogate(c)
                    ? i + 1 < from.Length && char.IsLowSurrogate(from[i + 1])
                    : i > 0 && char.IsHighSurrogate(from[i - 1]));
                chars[i] = c < ' ' || c is '\ufffe' or '\uffff' || (char.IsSurrogate(c) && !paired) ? '?' : c;
            }
        }));
}
