namespace SelfProfiler.Serve;

/// <summary>What a request comes to: either an answer at once, or something to collect and what to make of it.</summary>
internal sealed record PprofPlan
{
    /// <summary>The whole answer; null when something must be collected first.</summary>
    public PprofResponse? Answer { get; init; }

    public ProfileQuery? Query { get; init; }

    /// <summary>Answered from kept profiles.</summary>
    public bool FromHistory { get; init; }

    /// <summary>Makes the answer of what was collected.</summary>
    public Func<Profile, PprofResponse>? Finish { get; init; }

    public static implicit operator PprofPlan(PprofResponse answer) => new() { Answer = answer };

    public static PprofPlan FromResponse(PprofResponse answer) => answer;
}
