using System.Text;

namespace SelfProfiler.Bench.Overhead.Report;

/// <summary>The ratios as a picture: for each variant every pair as a dot, the median and its interval; one panel for each quantity.</summary>
internal static class Plot
{
    private const int Left = 130;
    private const int Panel = 330;
    private const int Row = 26;

    private static readonly string[] _shown = ["CPU/request", "throughput", "p99"];

    public static string Write(IReadOnlyList<Measurement> measurements)
    {
        var variants = measurements.Select(m => m.Variant).Distinct().ToList();
        var columns = Column.All.Where(column => _shown.Contains(column.Name)).ToList();
        var height = 60 + (variants.Count * Row);
        var svg = new StringBuilder(FormattableString.Invariant(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + (columns.Count * Panel)}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"));
        for (var i = 0; i < variants.Count; i++)
        {
            svg.Append(FormattableString.Invariant($"<text x=\"8\" y=\"{54 + (i * Row)}\">{variants[i]}</text>\n"));
        }

        for (var i = 0; i < columns.Count; i++)
        {
            Draw(svg, columns[i], measurements, variants, Left + (i * Panel), height);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Draw(StringBuilder svg, Column column, IReadOnlyList<Measurement> measurements, List<string> variants, int left, int height)
    {
        var pairs = variants.ToDictionary(variant => variant, variant => column.Ratios(measurements, variant).ToList());
        var low = Math.Min(0.97, pairs.Values.SelectMany(values => values).DefaultIfEmpty(1).Min());
        var high = Math.Max(1.03, pairs.Values.SelectMany(values => values).DefaultIfEmpty(1).Max());
        double X(double ratio) => left + 10 + ((ratio - low) / (high - low) * (Panel - 40));

        svg.Append(FormattableString.Invariant($"<text x=\"{left + 10}\" y=\"18\" font-weight=\"bold\">{column.Name}, on / off</text>\n"));
        foreach (var mark in new[] { low, 1, high })
        {
            svg.Append(FormattableString.Invariant($"<line x1=\"{X(mark):0.0}\" x2=\"{X(mark):0.0}\" y1=\"28\" y2=\"{height - 20}\" stroke=\"#bbb\"/><text x=\"{X(mark):0.0}\" y=\"{height - 6}\" text-anchor=\"middle\">{mark:0.00}</text>\n"));
        }

        for (var i = 0; i < variants.Count; i++)
        {
            var y = 50 + (i * Row);
            foreach (var ratio in pairs[variants[i]])
            {
                svg.Append(FormattableString.Invariant($"<circle cx=\"{X(ratio):0.0}\" cy=\"{y}\" r=\"2.5\" fill=\"#6699cc\" fill-opacity=\"0.5\"/>"));
            }

            var summary = column.Ratio(measurements, variants[i]);
            if (summary.HasInterval)
            {
                svg.Append(FormattableString.Invariant(
                    $"<line x1=\"{X(summary.Low):0.0}\" x2=\"{X(summary.High):0.0}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#222\" stroke-width=\"2\"/><circle cx=\"{X(summary.Median):0.0}\" cy=\"{y}\" r=\"4\" fill=\"#222\"/>\n"));
            }
        }
    }
}
