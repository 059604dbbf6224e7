using SelfProfiler.Session;

namespace SelfProfiler.Diagnostics;

/// <summary>What the status says of a session.</summary>
internal static class SessionPart
{
    private const string ForTheBudget = ", to keep the overhead budget";

    /// <param name="name">What it delivers.</param>
    /// <param name="session">How it is.</param>
    /// <param name="wanted">The profiler runs, and this is part of it.</param>
    /// <param name="duty">Share of the time the governor lets it run.</param>
    public static PartStatus Of(string name, SessionStatus session, bool wanted, double duty)
    {
        bool pauses = wanted && session.State == SessionState.Off && session.Starts > 0 && duty < 1;
        if (pauses || (wanted && session.State == SessionState.Running && duty < 1))
        {
            string limited = duty > 0 ? "collected " + Percent(duty) + " of the time" + ForTheBudget
                : pauses ? "off: it would exceed the overhead budget"
                : "tried whether it would still exceed the overhead budget";
            return new(name, pauses && duty <= 0 ? PartState.Off : PartState.Limited, Join(limited, Detail(session)));
        }

        return Of(name, session, wanted);
    }

    /// <summary>Of a session that goes on while some of what it delivers pauses.</summary>
    /// <param name="name">What it delivers.</param>
    /// <param name="session">How it is.</param>
    /// <param name="wanted">The profiler runs, and this is part of it.</param>
    /// <param name="duties">Share of the time the governor lets it deliver each kind.</param>
    public static PartStatus Of(string name, SessionStatus session, bool wanted, params (string Kind, double Duty)[] duties)
    {
        var limited = Array.FindAll(duties, kind => kind.Duty < 1);
        if (wanted && session.State == SessionState.Running && limited.Length > 0)
        {
            var shares = limited.Select(kind => kind.Kind + (kind.Duty > 0 ? " collected " + Percent(kind.Duty) + " of the time" : " off"));
            return new(name, PartState.Limited, Join(string.Join(", ", shares) + ForTheBudget, Detail(session)));
        }

        var state = session.State switch
        {
            SessionState.Off => wanted ? PartState.Starting : PartState.Off,
            SessionState.Starting => PartState.Starting,
            SessionState.Running => PartState.Running,
            _ => PartState.Failed,
        };
        return new(name, state, Detail(session));
    }

    /// <summary>CPU that comes from ticks, as long as there are any.</summary>
    /// <param name="ticks">Their session: most of the time it is off.</param>
    /// <param name="reason">Why CPU does not come from the kernel.</param>
    /// <param name="few">The budget allows fewer than there could be.</param>
    public static PartStatus OfTicks(SessionStatus ticks, string reason, bool few) => new(
        "cpu",
        ticks.State == SessionState.Failed ? PartState.Failed
            : ticks.Failure is not null ? PartState.Starting
            : few ? PartState.Limited : PartState.Running,
        $"ticks. {reason} {ticks.Failure?.Sentence}".TrimEnd());

    private static string Detail(SessionStatus session) => session.Failure is { } failure ? failure.Sentence
        : session.Renewals > 0 ? FormattableString.Invariant($"renewed {session.Renewals} times, so that the runtime releases what it keeps of ended threads")
        : "";

    private static string Join(string sentence, string more) => more.Length == 0 ? sentence : sentence + "; " + more;

    private static string Percent(double share) => FormattableString.Invariant($"{share * 100:0.#} %");
}
