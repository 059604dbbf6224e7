using SelfProfiler.Aggregate;
using SelfProfiler.Labels;

namespace SelfProfiler.History;

/// <summary>The recent past of the process: recorded from the engine, asked by time.</summary>
internal sealed class ProfileHistory : IDisposable
{
    private static readonly TimeSpan PeekDeadline = TimeSpan.FromMilliseconds(200);

    private readonly ProfilerEngine _engine;
    private readonly HistoryStore _store;
    private readonly DiskHistory? _disk;
    private readonly HistoryRecorder _recorder;

    public ProfileHistory(ProfilerEngine engine, long bytes, DiskHistory? disk)
    {
        _engine = engine;
        _disk = disk;
        _store = new HistoryStore(bytes, id => engine.Labels.Requests.TryGet(id, out RequestInfo info) ? info : null);
        _recorder = new HistoryRecorder(engine, Add);
    }

    public HistoryStatus Status => _store.Status(_recorder.Missed) with
    {
        Disk = _disk?.Sentence,
        Unwritten = _disk?.Failures ?? 0,
        Broken = _disk?.Broken ?? 0,
    };

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
        var profile = _engine.Build(kind, filter, Windows(kind, filter, begin, to ?? DateTimeOffset.MaxValue));
        var comments = new List<string>(profile.Data.Comments);
        var status = Status;
        status = _disk?.Since is { } since && (status.ExactSince is null || since < status.ExactSince) ? status with { ExactSince = since } : status;
        if ((filter.TraceId ?? filter.SpanId) is not null || filter.MinDuration is not null)
        {
            if (status.ExactSince is not { } exact)
            {
                comments.Add("History holds no window with trace ids yet: windows are kept from the first ten seconds on.");
            }
            else if (begin < exact)
            {
                comments.Add(FormattableString.Invariant($"Trace ids and durations are kept since {exact.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z; older samples have lost them. A larger HistoryMegabytes or a History.Directory keeps them longer."));
            }
        }

        return comments.Count == profile.Data.Comments.Length ? profile : profile.WithComments([.. comments]);
    }

    /// <summary>What each window of a kind sums up to, for a time line.</summary>
    public IEnumerable<(DateTimeOffset Start, TimeSpan Duration, bool Exact, long Value)> TimeLine(ProfileKind kind)
    {
        var unsealed = Unsealed();
        var last = DateTimeOffset.MinValue;
        foreach (var point in _store.TimeLine(kind))
        {
            last = point.Start;
            yield return point;
        }

        foreach (var window in unsealed.Where(window => window.Start > last))
        {
            yield return (window.Start, window.Duration, true, WindowPacker.SumOf(kind, window.Rows[(int)kind]));
        }
    }

    private void Add(SealedWindow window)
    {
        _store.Add(window);
        _disk?.Append(window);
    }

    /// <summary>Kept windows, and the one that is still open as far as it is known. What memory has lost the traces of is read from the disk.</summary>
    private IEnumerable<SealedWindow> Windows(ProfileKind kind, ProfileFilter filter, DateTimeOffset from, DateTimeOffset to)
    {
        var unsealed = Unsealed();
        int kinds = Kinds.Only(kind);
        var exact = _store.Status(0).ExactSince ?? unsealed.FirstOrDefault()?.Start ?? DateTimeOffset.MaxValue;
        var diskEnds = exact < to ? exact : to;
        var diskBegins = _disk is not null && from < diskEnds ? _disk.Since ?? diskEnds : diskEnds;
        bool requests = filter.NeedsRequests;
        var shown = new List<SealedWindow>(); // instead of what the disk has of their time: never twice
        var before = _store.Between(from, exact < to ? exact : to, kinds, requests)
            .Where(window => window.Start < exact && (_disk is null || EndOf(window) <= diskBegins || Replaces(window, _disk)));
        var onDisk = _disk?.Between(from > diskBegins ? from : diskBegins, diskEnds, kinds)
            .Where(window => window.Start < diskEnds && !shown.Exists(other => window.Start < EndOf(other) && EndOf(window) > other.Start)) ?? [];
        var recent = _store.Between(from > exact ? from : exact, to, kinds, requests).Where(window => window.Start >= exact);
        long last = long.MinValue;
        foreach (var window in before.Concat(onDisk).Concat(recent))
        {
            last = window.Texts is null ? Math.Max(last, window.To) : last;
            yield return window;
        }

        foreach (var window in unsealed.Where(window => window.From >= last && window.Start < to && EndOf(window) > from))
        {
            yield return window;
        }

        bool Replaces(SealedWindow window, DiskHistory disk)
        {
            bool replaces = disk.Lacks(window.Start, EndOf(window));
            if (replaces)
            {
                shown.Add(window);
            }

            return replaces;
        }
    }

    private static DateTimeOffset EndOf(SealedWindow window) => window.Start + window.Duration;

    /// <summary>To be asked before the store, so that nothing can fall between: what leaves "open" is found sealing, what leaves "sealing" is in the store.</summary>
    private List<SealedWindow> Unsealed()
    {
        var open = Look(_recorder.Open);
        var sealing = Look(_recorder.Sealing);
        return [.. new[] { sealing, open }.OfType<SealedWindow>()];
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
