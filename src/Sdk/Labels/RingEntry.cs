namespace SelfProfiler.Labels;

/// <summary>A thread's label changed. Numbers only: it is written where nothing may be allocated. 32 bytes: a busy server has a hundred thousand.</summary>
internal struct RingEntry
{
    /// <summary>The most that fits; what tables give out is less. A set of this number says that changes were dropped from here on, what was current is not known.</summary>
    public const int MaxLabelSet = (1 << LabelSetBits) - 1;
    public const int MaxRoute = (1 << RouteBits) - 1;
    public const int MaxChain = (1 << ChainBits) - 1;
    public const int MaxSlot = (1 << SlotBits) - 1;

    private const int LabelSetBits = 19;
    private const int RouteBits = 14;
    private const int SlotBits = 20;
    private const int ChainBits = 12;
    private const int AllocatedShift = LabelSetBits + RouteBits;

    // Objects are multiples of 8 bytes.
    private const int AllocatedUnitBits = 3;

    private const long RequestMask = ~((long)MaxChain << SlotBits) & long.MaxValue;
    private const ulong RestMask = (1UL << AllocatedShift) - 1;

    public long Timestamp;

    private ulong _span;

    // The request, the chain of spans in the bits its slot does not need, and in the sign whether the request had ended.
    private long _work;

    // Label set; route, for requests that have left the table since; what the thread had allocated in its life, as far as it fits.
    private ulong _rest;

    public RingEntry(long timestamp, LabelContext? context, long allocated)
    {
        Timestamp = timestamp;
        if (context is not null)
        {
            var root = context.Root;
            _span = context.SpanId;
            _work = root.Id.Packed | ((long)context.Chain << SlotBits) | (root.Ended ? long.MinValue : 0);
            _rest = (uint)context.LabelSet | ((ulong)(uint)root.Route << LabelSetBits);
        }

        Allocated = allocated;
    }

    /// <summary>What the thread had allocated in its life, modulo 16 GB.</summary>
    public long Allocated
    {
        readonly get => (long)(_rest >> AllocatedShift << AllocatedUnitBits);
        set => _rest = (_rest & RestMask) | ((ulong)value >> AllocatedUnitBits << AllocatedShift);
    }

    public readonly LabelRef Label => IsUnknown ? LabelRef.None : new(new RequestId(_work & RequestMask), _span, LabelSet);

    public readonly int Route => (int)(_rest >> LabelSetBits) & MaxRoute;

    /// <summary>A number of <see cref="SpanChains"/>.</summary>
    public readonly int Chain => (int)(_work >> SlotBits) & MaxChain;

    public readonly bool AfterRequest => _work < 0;

    public readonly bool IsUnknown => LabelSet == MaxLabelSet;

    public readonly bool IsNone => _work == 0 && (_rest & RestMask) == 0;

    private readonly int LabelSet => (int)_rest & MaxLabelSet;

    /// <summary>Bytes the thread allocated since another entry of its; right up to 16 GB.</summary>
    public readonly long AllocatedSince(in RingEntry earlier) =>
        (long)(((_rest & ~RestMask) - (earlier._rest & ~RestMask)) >> AllocatedShift << AllocatedUnitBits);

    public static RingEntry Gap(long timestamp, long allocated) => new() { Timestamp = timestamp, _rest = MaxLabelSet, Allocated = allocated };

    /// <summary>Takes over what is known of the context's request by now.</summary>
    /// <returns>False when the entry is of another context.</returns>
    public bool TryCorrect(LabelContext context)
    {
        var now = new RingEntry(Timestamp, context, Allocated);
        if (((_work ^ now._work) & RequestMask) != 0 || _span != now._span || LabelSet != now.LabelSet)
        {
            return false;
        }

        _work = now._work;
        _rest = now._rest;
        return true;
    }

    public readonly bool SaysTheSameAs(in RingEntry other) =>
        _work == other._work && _span == other._span && ((_rest ^ other._rest) & RestMask) == 0;
}
