namespace SelfProfiler.Labels;

/// <summary>A thread's label changed. Numbers only: it is written where nothing may be allocated.</summary>
internal struct RingEntry
{
    /// <summary>In place of a request: changes were dropped from here on, what was current is not known.</summary>
    private const long Unknown = -1;

    private const int AfterFlag = int.MinValue;

    public long Timestamp;

    private long _request;
    private ulong _span;
    private int _labelSet;

    // Route (16 bits), chain of spans (15 bits), and in the sign whether the request had ended: for requests that have left the table since.
    private int _origin;

    /// <summary>What the thread had allocated in its life.</summary>
    public long Allocated;

    public RingEntry(long timestamp, LabelContext? context, long allocated)
    {
        Timestamp = timestamp;
        Allocated = allocated;
        if (context is not null)
        {
            var root = context.Root;
            _request = root.Id.Packed;
            _span = context.SpanId;
            _labelSet = context.LabelSet;
            _origin = (ushort)root.Route | (context.Chain << 16) | (root.Ended ? AfterFlag : 0);
        }
    }

    public readonly LabelRef Label => IsUnknown ? LabelRef.None : new(new RequestId(_request), _span, _labelSet);

    public readonly int Route => (ushort)_origin;

    /// <summary>A number of <see cref="SpanChains"/>.</summary>
    public readonly int Chain => (_origin & ~AfterFlag) >> 16;

    public readonly bool AfterRequest => (_origin & AfterFlag) != 0;

    public readonly bool IsUnknown => _request == Unknown;

    public readonly bool IsNone => (_request | (uint)_labelSet | (uint)_origin) == 0;

    /// <summary>A span began or ended since the other entry, within the same request.</summary>
    public readonly bool IsOtherSpanThan(in RingEntry other) => _request == other._request && _span != other._span && _request > 0;

    public static RingEntry Gap(long timestamp, long allocated) => new() { Timestamp = timestamp, Allocated = allocated, _request = Unknown };

    /// <summary>Takes over what is known of the context's request by now.</summary>
    /// <returns>False when the entry is of another context.</returns>
    public bool TryCorrect(LabelContext context)
    {
        var now = new RingEntry(Timestamp, context, Allocated);
        if (_request != now._request || _span != now._span || _labelSet != now._labelSet)
        {
            return false;
        }

        _origin = now._origin;
        return true;
    }

    public readonly bool SaysTheSameAs(in RingEntry other) =>
        _request == other._request && _span == other._span && _labelSet == other._labelSet && _origin == other._origin;
}
