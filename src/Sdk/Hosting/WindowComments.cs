using SelfProfiler.Aggregate;

namespace SelfProfiler.Hosting;

/// <summary>What has to be known to read a profile: it is written into it.</summary>
internal static class WindowComments
{
    /// <param name="window">About to be sealed.</param>
    /// <param name="tickReason">Why CPU comes from ticks; null when it does not.</param>
    /// <param name="kernelThinned">That samples of the kernel were taken part of the time; null when they were not.</param>
    /// <param name="givenUp">By the governor.</param>
    /// <param name="settings">What is collected at all.</param>
    public static string[] Of(ProfileWindow window, string? tickReason, string? kernelThinned, IReadOnlyList<string> givenUp, EngineSettings settings)
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

        if (kernelThinned is not null && (window.Wants(ProfileKind.Cpu) || window.Wants(ProfileKind.Wall)))
        {
            comments.Add(kernelThinned);
        }

        comments.AddRange(givenUp);
        Missing(ProfileKind.Allocations, settings.Allocations);
        Missing(ProfileKind.Contention, settings.Contention);
        Missing(ProfileKind.Waits, settings.Waits);
        Missing(ProfileKind.Exceptions, settings.Exceptions);
        if (window.Overflowed > 0)
        {
            comments.Add(FormattableString.Invariant($"{window.Overflowed} samples lost their labels or their stack at the limit of {Limits.WindowCells} rows."));
        }

        return [.. comments];

        void Missing(ProfileKind kind, bool collected)
        {
            if (!collected && window.Wants(kind))
            {
                comments.Add($"{kind}: not collected, ContinuousProfiling:{kind} is false.");
            }
        }
    }
}
