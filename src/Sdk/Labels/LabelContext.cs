namespace SelfProfiler.Labels;

/// <summary>What flows with <c>await</c>: the request, the span and the extra labels in force. Immutable, and keeps nothing of the application alive.</summary>
internal class LabelContext
{
    public LabelContext(RequestContext root, LabelContext? parent, ulong spanId, int labelSet, int manualSet)
    {
        Root = root;
        Parent = parent;
        SpanId = spanId;
        LabelSet = labelSet;
        ManualSet = manualSet;
    }

    private protected LabelContext(LabelContext? parent, ulong spanId, int labelSet, int manualSet)
    {
        Root = (RequestContext)this;
        Parent = parent;
        SpanId = spanId;
        LabelSet = labelSet;
        ManualSet = manualSet;
    }

    /// <summary>The request worked on, or the tracker's placeholder for "none".</summary>
    public RequestContext Root { get; }

    /// <summary>What was in force outside; the way back when an activity stops.</summary>
    public LabelContext? Parent { get; }

    /// <summary>0 when no activity is current.</summary>
    public ulong SpanId { get; }

    /// <summary>All extra labels: those of <see cref="ManualSet"/> and those of the activity.</summary>
    public int LabelSet { get; }

    /// <summary>Labels of <see cref="ProfilingLabels"/> alone: they outlive the activities inside them.</summary>
    public int ManualSet { get; }

    /// <summary>Names of the spans from the request's first to this one: a number of <see cref="SpanChains"/>.</summary>
    public ushort Chain { get; init; }

    /// <summary>The same place with other extra labels.</summary>
    public LabelContext WithLabels(int labelSet, int manualSet) =>
        LabelSet == labelSet && ManualSet == manualSet ? this : new LabelContext(Root, Parent, SpanId, labelSet, manualSet) { Chain = Chain };

    /// <summary>This as the parent of one more context, or null when that would be too deep.</summary>
    public LabelContext? AsParent()
    {
        int depth = 0;
        for (var at = this; at is not null; at = at.Parent)
        {
            depth++;
        }

        return depth < LabelLimits.Depth ? this : null;
    }
}

/// <summary>The context a request began with: what all contexts of the request share.</summary>
internal sealed class RequestContext(RequestId id, LabelContext? parent, ulong spanId, int labelSet, int manualSet, ushort epoch)
    : LabelContext(parent, spanId, labelSet, manualSet)
{
    // 16 bits, as everywhere: the object has 64 bytes.
    private ushort _route;

    public RequestId Id { get; } = id;

    /// <summary>Kept here too, so that it is still known when the request's slot has been taken over. Any thread.</summary>
    public int Route
    {
        get => _route;
        set => _route = (ushort)value;
    }

    /// <summary>Start of the tracker that made it: values of an earlier start still flow, and mean nothing.</summary>
    public ushort Epoch { get; } = epoch;

    /// <summary>Any thread, once.</summary>
    public bool Ended { get; set; }
}
