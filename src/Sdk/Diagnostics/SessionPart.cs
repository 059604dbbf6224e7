using SelfProfiler.Session;

namespace SelfProfiler.Diagnostics;

/// <summary>What the status says of a session.</summary>
internal static class SessionPart
{
    /// <param name="name">What it delivers.</param>
    /// <param name="session">How it is.</param>
    /// <param name="wanted">The profiler runs, and this is part of it.</param>
    /// <param name="duty">Share of the time the governor lets it run.</param>
    public static PartStatus Of(string name, SessionStatus session, bool wanted, double duty)
    {
        bool pauses = wanted && session.State == SessionState.Off && session.Starts > 0 && duty < 1;
        var state = session.State switch
        {
            SessionState.Off when pauses => duty > 0 ? PartState.Running : PartState.Off,
            SessionState.Off => wanted ? PartState.Starting : PartState.Off,
            SessionState.Starting => PartState.Starting,
            SessionState.Running => PartState.Running,
            _ => PartState.Failed,
        };
        string detail = session.Failure is { } failure ? failure.Sentence
            : pauses && duty <= 0 ? "off: it would exceed the overhead budget"
            : pauses ? "pauses at the moment, to keep the overhead budget"
            : session.Renewals > 0 ? $"renewed {session.Renewals} times, so that the runtime releases what it keeps of ended threads"
            : "";
        return new PartStatus(name, state, detail);
    }
}
