namespace SelfProfiler.Bench.Overhead.Statistics;

internal enum Verdict
{
    Pass,
    Fail,
    Inconclusive,
}

/// <summary>A promise about a ratio, for example "CPU per request at most 1.02 times".</summary>
/// <param name="Limit">The ratio that is promised.</param>
/// <param name="AtMost">An upper limit; false: a lower one.</param>
internal readonly record struct Bar(double Limit, bool AtMost)
{
    public static Bar Max(double limit) => new(limit, true);

    public static Bar Min(double limit) => new(limit, false);

    /// <summary>Passes when the whole interval keeps the promise, fails when the whole interval breaks it by more than equals differ; everything between is not known.</summary>
    /// <param name="ratio">What was measured.</param>
    /// <param name="equals">The comparison of the program with itself.</param>
    public Verdict Judge(PairedRatio ratio, PairedRatio equals)
    {
        if (!ratio.HasInterval || !equals.HasInterval)
        {
            return Verdict.Inconclusive;
        }

        var best = AtMost ? ratio.Low - Limit : Limit - ratio.High;
        if (best > equals.Spread)
        {
            return Verdict.Fail;
        }

        var worst = AtMost ? ratio.High - Limit : Limit - ratio.Low;
        var resolves = equals.Spread <= Math.Abs(Limit - 1);
        return worst <= 0 && resolves ? Verdict.Pass : Verdict.Inconclusive;
    }

    public override string ToString() => FormattableString.Invariant($"{(AtMost ? "≤" : "≥")} {Limit:0.###}");
}
