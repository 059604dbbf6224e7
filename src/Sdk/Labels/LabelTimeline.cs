namespace SelfProfiler.Labels;

/// <summary>Which labels were current on a thread at a time. Pump only.</summary>
internal sealed class LabelTimeline
{
    private readonly ThreadTracks _tracks;
    private readonly RequestTable _requests;
    private readonly LabelResolver _resolver;
    private readonly LabelIntervalHandler _book;
    private BookedIntervalHandler? _deliver;
    private long _advancedTo;

    public LabelTimeline(ThreadTracks tracks, RequestTable requests, LabelCounters counters)
    {
        _tracks = tracks;
        _requests = requests;
        _resolver = new LabelResolver(requests, counters);
        _book = Book;
    }

    /// <summary>Names of the spans that intervals speak of.</summary>
    public SpanChains? Chains { get; init; }

    /// <summary>Threads known, ended ones included until their labels are forgotten.</summary>
    public int Threads => _tracks.All.Count;

    /// <summary>Takes over what application threads have noted, and makes room for more. Every 50 ms or so.</summary>
    /// <param name="now">Read just before the call.</param>
    /// <param name="asked">Somebody will <see cref="Advance"/>, however late.</param>
    public void Drain(long now, bool asked = false)
    {
        _tracks.Visit(now, _advancedTo);
        _requests.Maintain();
        if (!asked && now - _advancedTo > LabelLimits.HistoryNs)
        {
            Advance(now - (LabelLimits.HistoryNs / 2)); // nobody asks for intervals: booked all the same, and forgotten
        }
    }

    /// <summary>What changes cost the threads that make them.</summary>
    public LabelMeter? Meter { get; init; }

    /// <summary>What all threads did so far.</summary>
    public LabelCounts Counts => new(_tracks.Changes, Meter?.Ns ?? 0);

    /// <summary>What was current on a thread; none when nothing was or it is not known.</summary>
    public LabelRef At(int thread, long timestamp) => _tracks.Find(thread, timestamp).Label;

    /// <summary>What a sample of a thread is labelled with.</summary>
    public ResolvedLabels Resolve(int thread, long timestamp) => _resolver.Resolve(_tracks.Find(thread, timestamp), timestamp);

    /// <summary>Delivers what every thread worked on since the last call, in time order for each thread, what goes on clipped at <paramref name="upTo"/>; and books it on the requests.</summary>
    public void Advance(long upTo, BookedIntervalHandler? deliver = null)
    {
        _tracks.CatchUp(upTo);
        _deliver = deliver;
        _advancedTo = Math.Max(_advancedTo, upTo);
        foreach (var track in _tracks.All)
        {
            track.History.Advance(upTo, track.Thread, _book);
        }

        _deliver = null;
    }

    /// <summary>The thread is gone; its id may be somebody else's next.</summary>
    public void ThreadEnded(int thread) => _tracks.ThreadEnded(thread);

    private void Book(in LabelInterval interval)
    {
        var booked = _requests.Book(interval);
        _deliver?.Invoke(interval, booked);
    }
}

/// <summary>What application threads did for labels.</summary>
/// <param name="Changes">Of what is current on a thread, of all kinds.</param>
/// <param name="CostNs">What that took them, with all that turned out to be no change.</param>
internal readonly record struct LabelCounts(long Changes, long CostNs)
{
    public static LabelCounts operator -(LabelCounts later, LabelCounts earlier) => new(later.Changes - earlier.Changes, later.CostNs - earlier.CostNs);
}
