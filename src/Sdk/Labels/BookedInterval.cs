namespace SelfProfiler.Labels;

/// <summary>What a time on a thread is of its request.</summary>
/// <param name="Part">Which part.</param>
/// <param name="Request">What is known of the request; nothing where the part is <see cref="IntervalPart.Unknown"/>.</param>
/// <param name="Usage">Of a whole one: all that it used so far.</param>
internal readonly record struct BookedInterval(IntervalPart Part, RequestState Request, RequestUsage Usage);

internal enum IntervalPart
{
    /// <summary>Of no request, or of one that has lost its slot.</summary>
    Unknown,

    Piece,

    /// <summary>From the request's beginning to its end, and nothing of it came before: most requests never leave their thread.</summary>
    Whole,

    /// <summary>Work on a second thread, of a request whose first worked for it all the time.</summary>
    Beside,

    /// <summary>It began after the request's end.</summary>
    After,
}

internal delegate void BookedIntervalHandler(in LabelInterval interval, in BookedInterval booked);

internal delegate void EndedRequestHandler(in RequestState request);
