namespace SelfProfiler.Labels;

/// <summary>What the label stage refused or lost, and why. Any thread adds; the status reads.</summary>
internal sealed class LabelCounters
{
    /// <summary>Label changes of a thread that found no ring ready: it stays unlabelled until its next change.</summary>
    public long ChangesWithoutRing;

    /// <summary>Label changes that found the thread's ring full: the time until the next recorded one counts as unknown.</summary>
    public long ChangesDropped;

    /// <summary>Exceptions inside our handlers: out of memory, or a defect.</summary>
    public long HandlerFailures;

    /// <summary>Requests whose slot was taken over while they ran: their samples keep the route and lose the trace id.</summary>
    public long RequestsEvictedRunning;

    /// <summary>Requests that got no slot at all.</summary>
    public long RequestsRefused;

    /// <summary>Samples whose request was no longer in the table.</summary>
    public long SamplesOfEvicted;

    /// <summary>Samples at a time for which the thread's label is not known, because changes were dropped or are forgotten.</summary>
    public long SamplesUnknown;

    public long RoutesOverflowed;

    public long LabelSetsOverflowed;

    /// <summary>Labels that were too many for their set, or had an empty or reserved key.</summary>
    public long LabelsRefused;

    /// <summary>Keys and values that were cut to their longest permitted length.</summary>
    public long LabelsCut;

    /// <summary>Label changes that left the history, or whose request left the table, before their time was booked.</summary>
    public long ChangesForgotten;

    /// <summary>Rows of answers without trace and span, because an answer had too many.</summary>
    public long AnswerRowsCut;

    public static void Add(ref long counter) => Interlocked.Increment(ref counter);
}
