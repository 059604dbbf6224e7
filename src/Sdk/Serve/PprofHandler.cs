namespace SelfProfiler.Serve;

/// <summary>Answers everything below <c>/debug/pprof</c>, without knowing what carries it: the diagnostics port calls <see cref="Handle"/> on its own threads, ASP.NET Core <see cref="HandleAsync"/>. They share everything but the waiting.</summary>
internal sealed class PprofHandler
{
    private readonly ServedProfiler _profiler;
    private readonly AccessRules _rules;
    private readonly DenialReport _denials;
    private readonly PprofRoutes _routes;
    private readonly CaptureSlots _captures;
    private readonly CaptureSlots _snapshots = new(ServeOptions.MaxSnapshots);
    private readonly Action<string>? _tell;
    private long _failures;

    /// <param name="profiler">The engine.</param>
    /// <param name="options">The limits.</param>
    /// <param name="tell">Gets sentences for the log: the first refusal, the first failure.</param>
    /// <param name="time">The clock that <c>from</c> and <c>to</c> refer to.</param>
    public PprofHandler(ServedProfiler profiler, ServeOptions options, Action<string>? tell = null, TimeProvider? time = null)
    {
        _profiler = profiler;
        _tell = tell;
        _rules = new AccessRules(options.Token);
        _denials = new DenialReport(tell);
        _captures = new CaptureSlots(options.MaxCaptures);
        _routes = new PprofRoutes(profiler, options, _captures, time ?? TimeProvider.System, Counts);
    }

    /// <summary>Captures running now.</summary>
    public int RunningCaptures => _captures.Running;

    /// <summary>Requests refused by the access rules.</summary>
    public long Denied => _denials.Count;

    /// <summary>Captures refused because of their number.</summary>
    public long Refused => _captures.Refused + _snapshots.Refused;

    /// <summary>Requests that ended in an error of ours.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>What was refused and what failed, zeros included.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Counts() =>
    [
        new("requests refused by the access rules", Denied),
        new("captures refused because of their number", Refused),
        new("requests failed", Failures),
    ];

    /// <summary>A token is configured.</summary>
    public bool HasToken => _rules.HasToken;

    /// <summary>Decides, once, whether a request may be answered; until then nothing of its body is worth reading.</summary>
    public AdmittedRequest Admit(PprofRequest request) => new(request, _rules.Decide(request.Access, PprofRoutes.ChangesState(request)));

    /// <summary>Answers on the calling thread, waiting for the capture there.</summary>
    public PprofResponse Handle(AdmittedRequest admitted, CancellationToken cancellationToken)
    {
        try
        {
            var plan = Plan(admitted, cancellationToken);
            if (plan.Query is not { } query)
            {
                return plan.Answer!;
            }

            using (Slot(query))
            {
                var profile = plan.FromHistory ? _profiler.History!(query, cancellationToken) : _profiler.Collect(query, cancellationToken);
                return plan.Finish!(profile);
            }
        }
        catch (Exception exception)
        {
            return Failure(exception);
        }
    }

    /// <summary>Answers without holding a thread while a capture runs.</summary>
    public async Task<PprofResponse> HandleAsync(AdmittedRequest admitted, CancellationToken cancellationToken)
    {
        try
        {
            var plan = Plan(admitted, cancellationToken);
            if (plan.Query is not { } query)
            {
                return plan.Answer!;
            }

            using (Slot(query))
            {
                var profile = plan.FromHistory
                    ? _profiler.History!(query, cancellationToken)
                    : await _profiler.CollectAsync(query, cancellationToken).ConfigureAwait(false);
                return plan.Finish!(profile);
            }
        }
        catch (Exception exception)
        {
            return Failure(exception);
        }
    }

    /// <summary>The answer instead of one whose body failed before its first byte.</summary>
    public PprofResponse Failure(Exception exception)
    {
        switch (exception)
        {
            case PprofRefusal refusal:
                return PprofResponse.Error(refusal.Status, refusal.Message);
            case OperationCanceledException:
                return PprofResponse.Error(503, "The capture was ended: the client went away or the process is stopping.");
        }

        // Its message may tell what is nobody's business; the type tells the operator where to look.
        if (Interlocked.Increment(ref _failures) == 1)
        {
            _tell?.Invoke($"A request for a profile failed: {exception}");
        }

        return PprofResponse.Error(500, $"failed to collect profile: {exception.GetType().Name}; the application's log has the first of these errors.");
    }

    private PprofPlan Plan(AdmittedRequest admitted, CancellationToken cancellationToken)
    {
        var decision = admitted.Decision;
        if (decision.Allowed)
        {
            return _routes.Plan(admitted.Request, cancellationToken);
        }

        _denials.Add(admitted.Request.Access.Front, decision.Reason);
        if (decision.Hidden)
        {
            return PprofResponse.Nothing;
        }

        var answer = PprofResponse.Error(decision.Status, decision.Sentence);
        return decision.Status == 401 ? answer.With("WWW-Authenticate", "Bearer realm=\"SelfProfiler\", Basic realm=\"SelfProfiler\"") : answer;
    }

    private CaptureSlots.Slot Slot(ProfileQuery query) => (query.Duration is null ? _snapshots : _captures).Take();
}
