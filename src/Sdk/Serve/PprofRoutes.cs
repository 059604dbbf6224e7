namespace SelfProfiler.Serve;

/// <summary>The paths below the root and their verbs.</summary>
internal sealed class PprofRoutes
{
    private readonly ServedProfiler _profiler;
    private readonly ServeOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<IReadOnlyList<KeyValuePair<string, long>>> _counts;
    private readonly ProfilePlanner _profiles;
    private readonly TraceAnswer _traces;

    public PprofRoutes(
        ServedProfiler profiler,
        ServeOptions options,
        CaptureSlots captures,
        TimeProvider time,
        Func<IReadOnlyList<KeyValuePair<string, long>>> counts)
    {
        _profiler = profiler;
        _options = options;
        _time = time;
        _counts = counts;
        _profiles = new ProfilePlanner(profiler, new ProfileAnswer(profiler), options, time);
        _traces = new TraceAnswer(profiler, _profiles, captures, time);
    }

    /// <summary>What the access rules guard further; every other verb that is not a question is answered by 405.</summary>
    public static bool ChangesState(PprofRequest request) => request.Path is "/on" or "/off" or "/boost" || (request.Method == "POST" && KindOf(request) is not null);

    public PprofPlan Plan(PprofRequest request, CancellationToken cancellationToken)
    {
        var head = request.Method == "HEAD";
        var allowed = request.Path switch
        {
            "/symbol" => "GET, HEAD, POST",
            "/on" or "/off" or "/boost" => "POST",
            _ when KindOf(request) is not null => "GET, HEAD, POST",
            _ => "GET, HEAD",
        };
        if (!allowed.Split(", ").Contains(request.Method))
        {
            return PprofResponse.Error(405, $"This path answers {allowed}.").With("Allow", allowed);
        }

        if (KindOf(request) is { } kind)
        {
            return _profiles.Plan(kind, request, head);
        }

        var answer = Page(request, cancellationToken);
        return head ? answer.WithoutBody() : answer;
    }

    private static ServedKind? KindOf(PprofRequest request) => request.Path.StartsWith('/') ? ServedKind.Find(request.Path[1..]) : null;

    private PprofResponse Page(PprofRequest request, CancellationToken cancellationToken) => request.Path switch
    {
        "" => Redirect(request),
        "/" => IndexPage.Make(_profiler, _counts()),
        "/cmdline" => PprofResponse.OfText(CommandLine.Text(Environment.GetCommandLineArgs(), _options.ShowCommandLineValues)),
        "/symbol" => SymbolAnswer.Make(request, _profiler.Symbol),
        "/trace" => _traces.Make(request.Query),
        "/status" => StatusText(),
        "/on" => Switch(true),
        "/off" => Switch(false),
        "/boost" => BoostAnswer.Make(_profiler, request.Query, _time.GetUtcNow()),
        "/threadcreate" => PprofResponse.Error(404, "Unknown profile: .NET does not record what created a thread; \"threads\" shows what all threads do now."),
        _ => _profiler.Pages?.Invoke(request, cancellationToken) ?? Unknown(request.Path),
    };

    private static PprofResponse Unknown(string path) => path == "/ui"
        ? PprofResponse.Error(501, "Flame graphs in the browser do not exist in this version: use \"go tool pprof -http=:\" or format=speedscope.")
        : PprofResponse.Error(404, "Unknown profile: the index at \"./\" lists what there is.");

    /// <summary>Relative, hence right under any prefix a proxy or a path base adds.</summary>
    private static PprofResponse Redirect(PprofRequest request)
    {
        var query = request.Query.TrimStart('?');
        return PprofResponse.Of(PprofResponse.Text, default, 301)
            .With("Location", request.RootSegment + "/" + (query.Length == 0 ? "" : "?" + query));
    }

    private PprofResponse Switch(bool enabled)
    {
        _profiler.SetEnabled(enabled);
        return PprofResponse.OfText(enabled
            ? "The profiler is on.\n"
            : "The profiler is off: every source stops within two seconds. POST to \"on\" switches it on again.\n");
    }

    private PprofResponse StatusText()
    {
        var status = _profiler.Status();
        var lines = status.Lines.Select(line => $"{line.Key}: {line.Value}")
            .Concat(status.LossesAnd(_counts()).Select(loss => $"{loss.Key}: {loss.Value}"))
            .Append($"enabled: {(_profiler.Enabled() ? "yes" : "no")}");
        return PprofResponse.OfText(string.Join('\n', lines) + "\n");
    }
}
