using SelfProfiler.Aggregate;
using SelfProfiler.Encode;

namespace SelfProfiler.Serve;

/// <summary>Decides what a request for a profile comes to: cumulative or from now on, live or kept, or a refusal.</summary>
internal sealed class ProfilePlanner(ServedProfiler profiler, ProfileAnswer answers, ServeOptions options, TimeProvider time)
{
    public PprofPlan Plan(ServedKind kind, PprofRequest request, bool head)
    {
        var reader = new PprofQueryReader(request.Query, time.GetUtcNow());
        var query = reader.Read(fractions: false);
        bool upload = request.Method == "POST";
        var looksBack = query.From is not null || (profiler.History is not null && OnlyThePastKnows(kind, query));
        if (request.Body.Length > PprofRequest.MaxUpload)
        {
            return PprofResponse.Error(413, $"A profile to compare with has at most {PprofRequest.MaxUpload >> 20} MB.");
        }

        if ((reader.Error ?? Refusal(kind, query, looksBack) ?? (upload || query.BaseFrom is not null ? Incomparable(query, upload, request.Body) : null)) is { } sentence)
        {
            return PprofResponse.Error(400, sentence);
        }

        if (answers.Unsupported(query.Format) is { } unsupported)
        {
            return unsupported;
        }

        if (looksBack && profiler.History is null)
        {
            return PprofResponse.Error(501, "\"from\" and \"to\" need history, which is off: set ContinuousProfiling:HistoryMegabytes, or give \"seconds\" to collect from now on.");
        }

        var live = looksBack ? null : query.Seconds ?? kind.Default;
        if (live is null && !looksBack && query.NamesRequests && kind.Kind != ProfileKind.Threads)
        {
            return PprofResponse.Error(400, $"What is counted since start carries no trace ids: give \"seconds\" to collect {kind.Name} of such requests from now on.");
        }

        if (head)
        {
            return answers.Make(kind, query, null);
        }

        if (!looksBack && !profiler.Enabled())
        {
            return Off();
        }

        var filter = query.Filter with { WithoutLabels = query.Format != ServedFormat.Pprof };
        var before = upload ? Uploaded(kind, request.Body) : null;
        return Collect(kind, query, filter, live, looksBack, before);
    }

    /// <summary>A trace that is asked for by its id has happened; so have long requests, where nothing would be collected without "seconds".</summary>
    private static bool OnlyThePastKnows(ServedKind kind, PprofQuery query) =>
        query.Seconds is null && kind.Kind != ProfileKind.Threads
        && (query.Filter.TraceId is not null || query.Filter.SpanId is not null || (query.Filter.MinDuration is not null && kind.Default is null));

    /// <summary>The off switch stops captures; a capture that would come back empty is refused instead.</summary>
    public static PprofResponse Off() =>
        PprofResponse.Error(503, $"The profiler is switched off: POST to \"on\" with the header {AccessFacts.CustomHeader}: 1, or set ContinuousProfiling:Enabled to true.");

    /// <summary>Names the limit that a duration passes.</summary>
    public string? TooLong(TimeSpan? duration) => duration > options.MaxCaptureDuration
        ? $"\"seconds\" is at most {options.MaxCaptureDuration.TotalSeconds:0.###}: ask for less, or raise ContinuousProfiling:MaxCaptureDuration."
        : null;

    private PprofPlan Collect(ServedKind kind, PprofQuery query, ProfileFilter filter, TimeSpan? live, bool looksBack, ProfileData? before) => new()
    {
        FromHistory = looksBack,
        Query = new ProfileQuery(kind.Kind, filter)
        {
            Duration = live,
            Ticks = query.Ticks,
            From = query.From,
            To = query.To,
        },
        Finish = profile =>
        {
            var compared = before ?? (query.BaseFrom is null ? null
                : profiler.History!(new ProfileQuery(kind.Kind, filter) { From = query.BaseFrom, To = query.BaseTo }, CancellationToken.None).Data);
            return answers.Make(kind, query, ProfileAnswer.Commented(compared is null ? profile : ProfileDifference.Of(profile, compared), kind.Comment));
        },
    };

    /// <exception cref="PprofRefusal">It cannot be read.</exception>
    private static ProfileData Uploaded(ServedKind kind, ReadOnlyMemory<byte> body)
    {
        try
        {
            return PprofReader.Read(body, kind.Kind, ProfileShape.Of(kind.Kind).SampleTypes);
        }
        catch (InvalidDataException exception)
        {
            throw new PprofRefusal(400, exception.Message);
        }
    }

    private static string? Incomparable(PprofQuery query, bool upload, ReadOnlyMemory<byte> body) =>
        upload && body.IsEmpty ? "POST a pprof file as the body: it is what the profile is compared with."
        : upload && query.BaseFrom is not null ? "\"base_from\" and an uploaded profile are both a base: give one of them."
        : query.Debug != 0 || query.Format == ServedFormat.Speedscope ? "A difference is written as pprof, folded, svg, html or flame: choose one of them with \"format\"."
        : null;

    /// <summary>Go's own words where Go has them.</summary>
    private string? Refusal(ServedKind kind, PprofQuery query, bool looksBack)
    {
        if (query.Seconds is null)
        {
            return looksBack ? null : TooLong(kind.Default);
        }

        if (!kind.TakesSeconds)
        {
            return "\"seconds\" parameter is not supported for this profile type";
        }

        return query.Debug != 0 && kind.Default is null ? "seconds and debug params are incompatible" : TooLong(query.Seconds);
    }
}
