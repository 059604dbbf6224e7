namespace SelfProfiler.Labels;

/// <summary>The bounds of everything the label stage keeps. What is refused because of one of them is counted in <see cref="LabelCounters"/>.</summary>
internal static class LabelLimits
{
    /// <summary>Enclosing contexts a context keeps reachable; deeper nesting loses the way back, not its labels.</summary>
    public const int Depth = 64;

    /// <summary>Distinct route templates; more become <see cref="RouteTable.Overflow"/>.</summary>
    public const int Routes = 4_096;

    public const int LabelsPerSet = 16;

    public const int KeyLength = 64;

    public const int ValueLength = 128;

    /// <summary>Label changes of one thread between two visits of the pump (32 bytes each), and of one thread's history.</summary>
    public const int EntriesPerThread = 65_536;

    /// <summary>Label changes in the rings, and as many again in the histories, of all threads.</summary>
    public const int EntriesInAll = 262_144;

    /// <summary>Label changes in segments kept for reuse; what was not needed for half a second is given back.</summary>
    public const int EntriesPooled = 16_384;

    /// <summary>First segment of a thread's ring: most threads never need more.</summary>
    public const int FirstSegment = 32;

    /// <summary>A busy thread gets several of these (16 KB), and takes one by itself when its own are full before the pump came by.</summary>
    public const int LargestSegment = 512;

    /// <summary>How late the pump may be without a loss, in visits: a quarter of what is written meanwhile fits into each thread's ring, the rest into spare segments.
    /// Those are for all: who works most changes from one visit to the next.</summary>
    public const int VisitsAhead = 8;

    /// <summary>The pump's usual pace, and what it has been when it was slower: twice its last interval is provided for then.</summary>
    public const long VisitNs = 50_000_000;

    /// <summary>Spare segments that wait for threads; the pump adapts the number to the rate of changes.</summary>
    public const int FewestSpareSegments = 16;

    public const int MostSpareSegments = 256;

    /// <summary>Rings that wait for threads; the pump adapts the number to the rate at which they are taken.</summary>
    public const int FewestReadyRings = 192;

    public const int MostReadyRings = 512;

    /// <summary>Visits of the pump in which every thread is asked once whether it still lives.</summary>
    public const int VisitsPerLivenessCheck = 10;

    /// <summary>Visits of the pump after which a thread that writes little loses its large ring.</summary>
    public const int QuietVisits = 200;

    /// <summary>Visits after which pooled segments that nobody wanted meanwhile are given back.</summary>
    public const int VisitsPerTrim = 10;

    /// <summary>How long label changes stay known: samples reach the pump 100 to 300 ms after they were taken.</summary>
    public const long HistoryNs = 2_000_000_000;

    /// <summary>How long before the pump's last visit label changes stay known when they have been booked. A pump that is late has nothing forgotten meanwhile.</summary>
    public const long BookedHistoryNs = 1_000_000_000;
}
