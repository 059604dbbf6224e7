using SelfProfiler.Aggregate;
using SelfProfiler.Diagnostics;

namespace SelfProfiler.Hosting;

/// <summary>What has to be known to read a profile: it is written into it.</summary>
internal static class WindowComments
{
    /// <param name="window">About to be sealed.</param>
    /// <param name="tickReason">Why CPU comes from ticks; null when it does not.</param>
    /// <param name="budget">What the governor left of each kind in its time.</param>
    /// <param name="ofThreads">Events of the kernel are those of threads, not of CPUs.</param>
    /// <param name="settings">What is collected at all.</param>
    public static string[] Of(ProfileWindow window, string? tickReason, GovernorDecision budget, bool ofThreads, EngineSettings settings)
    {
        var comments = new List<string>();
        if (tickReason is not null && window.Wants(ProfileKind.Cpu))
        {
            comments.Add(FormattableString.Invariant($"{window.TickWindows} tick windows; CPU comes from the runtime's ticks. {tickReason}"));
        }
        else if (tickReason is null && window.Wants(ProfileKind.Wall) && window.TickWindows > 0)
        {
            comments.Add(FormattableString.Invariant($"{window.TickWindows} tick windows gave stacks to time that no event explains."));
        }

        if (GovernorDecision.KernelThinned(budget.Duty.Kernel, ofThreads) is { } kernelThinned && (window.Wants(ProfileKind.Cpu) || window.Wants(ProfileKind.Wall)))
        {
            comments.Add(kernelThinned);
        }

        comments.AddRange(budget.GivenUp(TickUse.Cpu));
        foreach (var kind in Enum.GetValues<ProfileKind>())
        {
            if (!settings.Wants(kind) && window.Wants(kind))
            {
                comments.Add($"{kind}: not collected, ContinuousProfiling:{kind} is false.");
            }
        }

        if (window.Overflowed > 0)
        {
            comments.Add(window.Cumulative
                ? FormattableString.Invariant($"{window.Overflowed} samples became [overflow], because what is counted since the start has no room for new stacks.")
                : FormattableString.Invariant($"{window.Overflowed} samples lost their labels or their stack at the limit of {window.MaxCells} rows."));
        }

        return [.. comments];
    }
}
