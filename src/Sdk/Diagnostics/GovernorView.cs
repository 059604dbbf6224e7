namespace SelfProfiler.Diagnostics;

/// <summary>What the profiler costs and what the governor made of it, as the status shows it. Immutable; a new one each second.</summary>
/// <param name="Share">Part of the process's processors taken over the last seconds.</param>
/// <param name="Budget">What may be taken, a boost included.</param>
/// <param name="BySource">The parts of <paramref name="Share"/>, by <see cref="CostSource"/>.</param>
/// <param name="Decision">What is allowed.</param>
/// <param name="TickUse">What ticks are wanted for.</param>
internal sealed record GovernorView(
    double Share,
    double Budget,
    double[] BySource,
    GovernorDecision Decision,
    TickUse TickUse)
{
    public static GovernorView Nothing { get; } = new(0, 0, new double[CostReport.Sources], GovernorDecision.Unlimited, TickUse.None);

    /// <summary>What was given up, in sentences: made for whoever asks, not each second.</summary>
    public List<string> GivenUp => Decision.GivenUp(TickUse);
}
