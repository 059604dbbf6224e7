using SelfProfiler.Aggregate;
using SelfProfiler.Labels;

namespace SelfProfiler.History;

/// <summary>The recent past of the process: recorded from the engine, asked by time.</summary>
internal sealed class ProfileHistory : IDisposable
{
    private static readonly TimeSpan PeekDeadline = TimeSpan.FromMilliseconds(200);

    private readonly ProfilerEngine _engine;
    private readonly HistoryStore _store;
    private readonly HistoryRecorder _recorder;

    public ProfileHistory(ProfilerEngine engine, int megabytes)
    {
        _engine = engine;
        _store = new HistoryStore(megabytes * 1024L * 1024, id => engine.Labels.Requests.TryGet(id, out RequestInfo info) ? info : null);
        _recorder = new HistoryRecorder(engine, _store);
    }

    public HistoryStatus Status => _store.Status(_recorder.Missed);

    public void Start() => _recorder.Start();

    public void Dispose() => _recorder.Dispose();

    /// <summary>A profile of whatever windows touch the interval; the profile's start and duration say what it covers.</summary>
    /// <param name="kind">What is measured.</param>
    /// <param name="filter">Which samples.</param>
    /// <param name="from">Null: everything that is kept.</param>
    /// <param name="to">Null: now.</param>
    public Profile Read(ProfileKind kind, ProfileFilter filter, DateTimeOffset? from, DateTimeOffset? to)
    {
        var begin = from ?? DateTimeOffset.MinValue;
        var profile = _engine.Build(kind, filter, Windows(begin, to ?? DateTimeOffset.MaxValue));
        var comments = new List<string>(profile.Data.Comments);
        var status = Status;
        if ((filter.TraceId ?? filter.SpanId) is not null || filter.MinDuration is not null)
        {
            if (status.ExactSince is not { } exact)
            {
                comments.Add("History holds no window with trace ids yet: windows are kept from the first ten seconds on.");
            }
            else if (begin < exact)
            {
                comments.Add(FormattableString.Invariant($"Trace ids and durations are kept since {exact.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z; older samples have lost them. A larger HistoryMegabytes keeps them longer."));
            }
        }

        return comments.Count == profile.Data.Comments.Length ? profile : profile.WithComments([.. comments]);
    }

    /// <summary>What each window of a kind sums up to, for a time line.</summary>
    public IEnumerable<(DateTimeOffset Start, TimeSpan Duration, bool Exact, long Value)> TimeLine(ProfileKind kind)
    {
        var exact = Status.ExactSince ?? DateTimeOffset.MaxValue;
        foreach (var window in Windows(DateTimeOffset.MinValue, DateTimeOffset.MaxValue))
        {
            long value = 0;
            foreach (ref readonly var row in window.Rows[(int)kind].AsSpan())
            {
                // What is not shown unasked is not drawn either.
                value += kind == ProfileKind.Wall && (row.Flags & SampleFlags.Unlabelled) != 0 ? 0
                    : kind == ProfileKind.Exceptions ? row.Count : row.Value;
            }

            yield return (window.Start, window.Duration, window.Start >= exact || window.Requests.Length > 0, value);
        }
    }

    /// <summary>Requests with the CPU time and lock waits their samples stand for. Those that ended before exact history begins are left out: nothing is known of them.</summary>
    public IEnumerable<RequestInfo> WithUsage(IEnumerable<RequestInfo> requests)
    {
        var used = new Dictionary<RequestId, RequestUsage>();
        long since = long.MaxValue;
        foreach (var window in Windows(DateTimeOffset.MinValue, DateTimeOffset.MaxValue))
        {
            since = window.Requests.Length > 0 ? Math.Min(since, window.From) : since;
            foreach (ref readonly var row in window.Rows[(int)ProfileKind.Cpu].AsSpan())
            {
                used[row.Label.Request] = used.GetValueOrDefault(row.Label.Request) + new RequestUsage(0, 0, 0, row.Value, row.Count);
            }

            foreach (ref readonly var row in window.Rows[(int)ProfileKind.Contention].AsSpan())
            {
                used[row.Label.Request] = used.GetValueOrDefault(row.Label.Request) + new RequestUsage(0, 0, row.Value, 0, 0);
            }
        }

        foreach (var request in requests)
        {
            if (request.Ended && since != long.MaxValue && request.End < since)
            {
                continue;
            }

            var found = used.GetValueOrDefault(request.Id);
            yield return request with
            {
                Usage = request.Usage with
                {
                    CpuNs = Math.Max(request.Usage.CpuNs, found.CpuNs),
                    CpuSamples = Math.Max(request.Usage.CpuSamples, found.CpuSamples),
                    LockWaitNs = Math.Max(request.Usage.LockWaitNs, found.LockWaitNs),
                },
            };
        }
    }

    /// <summary>Kept windows, and the one that is still open as far as it is known.</summary>
    private List<SealedWindow> Windows(DateTimeOffset from, DateTimeOffset to)
    {
        // In this order nothing can fall between: what leaves "open" is found sealing, what leaves "sealing" is in the store.
        var open = Look(_recorder.Open);
        var sealing = Look(_recorder.Sealing);
        var windows = _store.Between(from, to).ToList();
        foreach (var window in new[] { sealing, open })
        {
            if (window is not null && window.Start < to && window.Start + window.Duration > from && windows.TrueForAll(kept => kept.To <= window.From))
            {
                windows.Add(window);
            }
        }

        return windows;
    }

    /// <summary>What a window holds by now, sealed or not: sealing takes up to a second, an answer must not.</summary>
    private SealedWindow? Look(CaptureTicket? ticket) =>
        ticket is null ? null : Await(ticket, TimeSpan.Zero) ?? Await(_engine.Peek(ticket), PeekDeadline) ?? Await(ticket, PeekDeadline);

    private static SealedWindow? Await(CaptureTicket ticket, TimeSpan deadline)
    {
        try
        {
            return ticket.Done.Wait(deadline) ? ticket.Done.Result : null;
        }
        catch (AggregateException)
        {
            return null; // cancelled: it was sealed meanwhile, or the pump is stopping
        }
    }
}
