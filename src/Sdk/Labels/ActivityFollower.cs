using System.Diagnostics;

namespace SelfProfiler.Labels;

/// <summary>Decides which context belongs to an activity. Reads activities, never changes them, keeps none.</summary>
internal sealed class ActivityFollower(
    RequestTable requests, RequestIndex index, ActivityLabels labels, SpanChains chains, RequestContext noRequest)
{
    /// <summary>What <c>HttpRequestIn</c> is called when no listener gave it a kind.</summary>
    private const string AspNetCoreRequest = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    /// <summary>The context for what has become current.</summary>
    /// <param name="previous">What was current before.</param>
    /// <param name="current">What is current now.</param>
    /// <param name="flow">The context of the flow so far.</param>
    /// <param name="now">The time of the change.</param>
    public LabelContext? Next(Activity? previous, Activity? current, LabelContext? flow, long now)
    {
        if (previous is not null && flow is not null)
        {
            EndStopped(previous, flow, now);
        }

        return current is null ? Outside(flow) : Inside(current, flow, now);
    }

    /// <summary>The flow is where the activity says already, and <see cref="Next"/> would find nothing new.</summary>
    public bool IsAt(LabelContext? flow, Activity current) =>
        flow is not null && labels.IsEmpty && flow.SpanId == ActivityIds.Span(current);

    /// <summary>A request that has no activity gets a span id of our own, and the trace id of its caller or one of our own.</summary>
    public RequestContext BeginScope(LabelContext? flow, string? traceParent, long now)
    {
        int manual = flow?.ManualSet ?? LabelSetTable.None;
        if (!TraceParent.TryReadTrace(traceParent, out ulong high, out ulong low))
        {
            (high, low) = ActivityIds.NewTrace();
        }

        var id = requests.Claim(high, low, ActivityIds.NewSpan(), now);
        return new RequestContext(id, flow?.AsParent(), 0, labels.SetOf(null, manual), manual, noRequest.Epoch);
    }

    /// <summary>The first end counts.</summary>
    public void End(RequestContext root, long now)
    {
        root.Ended = true;
        _ = requests.End(root.Id, now);
        index.End(root.SpanId);
    }

    /// <summary>The labels of a flow whose labels set by hand have changed.</summary>
    public LabelContext? WithManual(LabelContext? flow, int manualSet)
    {
        int set = labels.SetOf(Activity.Current, manualSet);
        return flow is not null && !(ReferenceEquals(flow.Root, noRequest) && manualSet == LabelSetTable.None)
            ? flow.WithLabels(set, manualSet)
            : manualSet == LabelSetTable.None ? null : new LabelContext(noRequest, null, 0, set, manualSet);
    }

    private LabelContext? Outside(LabelContext? flow)
    {
        if (flow is null)
        {
            return null;
        }

        for (var at = flow; at is not null; at = at.Parent)
        {
            if (at.SpanId == 0)
            {
                return WithManual(at, flow.ManualSet);
            }
        }

        return WithManual(null, flow.ManualSet);
    }

    private LabelContext Inside(Activity current, LabelContext? flow, long now)
    {
        ulong span = ActivityIds.Span(current);
        int manual = flow?.ManualSet ?? LabelSetTable.None;
        int set = labels.SetOf(current, manual);
        var there = Enclosing(flow, span);
        if (there is null && current.Parent is null)
        {
            there = Known(current, span, set, manual) ?? Around(current, flow);
            if (there is null)
            {
                return Begin(current, span, flow, set, manual, now);
            }
        }

        there ??= Enclosing(flow, ActivityIds.Span(current.Parent!)) ?? OfRoot(current.Parent!, manual, now);
        StoreLabels(there.Root, current);
        return there.SpanId == span
            ? there.WithLabels(set, manual)
            : new LabelContext(there.Root, there.AsParent(), span, set, manual) { Chain = chains.Of(there.Chain, current.OperationName) };
    }

    private RequestContext Begin(Activity activity, ulong span, LabelContext? flow, int set, int manual, long now)
    {
        index.Prefetch(span);
        var (high, low) = ActivityIds.Trace(activity);
        // Inside a request without an activity: a trace of its own, the same route.
        int route = flow is { SpanId: 0 } ? flow.Root.Route : 0;
        var id = requests.Claim(high, low, span, now, route, activity.StartTimeUtc.Ticks);
        var root = new RequestContext(id, flow?.AsParent(), span, set, manual, noRequest.Epoch) { Route = route, Chain = chains.Of(0, activity.OperationName) };
        index.Add(span, id);
        StoreLabels(root, activity);
        return root;
    }

    // The context of an activity made elsewhere: its flow did not bring one along.
    private RequestContext OfRoot(Activity activity, int manual, long now)
    {
        var root = activity;
        for (int depth = 0; root.Parent is { } parent && depth < LabelLimits.Depth; depth++)
        {
            root = parent;
        }

        ulong span = ActivityIds.Span(root);
        if (Known(root, span, labels.SetOf(root, manual), manual) is { } known)
        {
            return known;
        }

        var made = Begin(root, span, null, labels.SetOf(root, manual), manual, now);
        if (root.IsStopped)
        {
            End(made, now);
        }

        return made;
    }

    private RequestContext? Known(Activity? root, ulong rootSpan, int set, int manual)
    {
        if (root is not null && requests.IsNew(root.StartTimeUtc.Ticks))
        {
            return null;
        }

        var id = index.Find(rootSpan, requests);
        return !id.IsNone && requests.TryGetState(id, out int route, out long end)
            ? new RequestContext(id, null, rootSpan, set, manual, noRequest.Epoch) { Route = route, Ended = end != 0, Chain = root is null ? (ushort)0 : chains.Of(0, root.OperationName) }
            : null;
    }

    // An activity whose parent was given by its ids alone: part of the request it was started in, unless it is an entry.
    private LabelContext? Around(Activity current, LabelContext? flow)
    {
        if (current.Kind is ActivityKind.Server or ActivityKind.Consumer
            || current.HasRemoteParent
            || current.OperationName == AspNetCoreRequest
            || ActivityIds.ParentSpan(current) is not (not 0 and var parent))
        {
            return null;
        }

        var around = Enclosing(flow, parent) ?? Known(current.Parent, parent, LabelSetTable.None, LabelSetTable.None) ?? flow;
        return around is { Root.Ended: false } && requests.TryGet(around.Root.Id, out var request)
            && (request.TraceIdHigh, request.TraceIdLow) == ActivityIds.Trace(current) ? around : null;
    }

    private void EndStopped(Activity previous, LabelContext flow, long now)
    {
        // Usually the root itself; or what was inside it, when the root was stopped first.
        var root = flow.Root;
        for (int depth = 0; previous is not null && depth < LabelLimits.Depth; depth++, previous = previous.Parent!)
        {
            if (previous.IsStopped && !root.Ended && ActivityIds.Span(previous) == root.SpanId)
            {
                StoreLabels(root, previous);
                End(root, now);
                return;
            }
        }
    }

    // Tags may be set at any time: looked at whenever something changes inside the request, the last time at its end.
    private void StoreLabels(RequestContext root, Activity inside)
    {
        if (labels.IsEmpty)
        {
            return;
        }

        for (int depth = 0; inside.Parent is { } parent && depth < LabelLimits.Depth; depth++)
        {
            inside = parent;
        }

        _ = requests.SetLabels(root.Id, labels.SetOf(inside, LabelSetTable.None));
    }

    private static LabelContext? Enclosing(LabelContext? flow, ulong span)
    {
        for (; flow is not null; flow = flow.Parent)
        {
            if (flow.SpanId == span)
            {
                return flow;
            }
        }

        return null;
    }
}
