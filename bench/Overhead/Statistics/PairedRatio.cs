namespace SelfProfiler.Bench.Overhead.Statistics;

/// <summary>The median of ratios of pairs, with an interval that holds the true median in 95 of 100 cases whatever the distribution is (order statistics).</summary>
/// <param name="Pairs">How many.</param>
/// <param name="Median">Of the ratios.</param>
/// <param name="Low">Lower end of the interval; NaN with fewer than six pairs, for which there is none.</param>
/// <param name="High">Upper end.</param>
internal readonly record struct PairedRatio(int Pairs, double Median, double Low, double High)
{
    private const double Confidence = 0.95;

    public bool HasInterval => !double.IsNaN(Low);

    /// <summary>How far the interval reaches from 1: of a comparison of equals it is what the machine cannot tell apart.</summary>
    public double Spread => Math.Max(Math.Abs(Low - 1), Math.Abs(High - 1));

    /// <param name="pairs">Reference and measured value of each round.</param>
    public static PairedRatio Of(IEnumerable<(double Reference, double Measured)> pairs) =>
        OfValues(pairs.Where(pair => pair.Reference > 0).Select(pair => pair.Measured / pair.Reference));

    public static PairedRatio OfValues(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var count = sorted.Length;
        if (count == 0)
        {
            return new PairedRatio(0, double.NaN, double.NaN, double.NaN);
        }

        var median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
        var rank = Rank(count);
        return rank == 0
            ? new PairedRatio(count, median, double.NaN, double.NaN)
            : new PairedRatio(count, median, sorted[rank - 1], sorted[count - rank]);
    }

    /// <summary>The largest k for which the k-th smallest and the k-th largest enclose the median with the confidence; 0: none does.</summary>
    internal static int Rank(int count)
    {
        // The number of values below the median is binomial with one half.
        var rank = 0;
        double below = 0;
        for (var k = 0; k < count / 2; k++)
        {
            below += Math.Exp(LogChoose(count, k) - (count * Math.Log(2)));
            if (1 - (2 * below) < Confidence)
            {
                break;
            }

            rank = k + 1;
        }

        return rank;
    }

    private static double LogChoose(int count, int of)
    {
        double sum = 0;
        for (var i = 1; i <= of; i++)
        {
            sum += Math.Log(count - of + i) - Math.Log(i);
        }

        return sum;
    }
}
