using System.Diagnostics;
using SelfProfiler.Diagnostics;

namespace SelfProfiler.Labels;

/// <summary>Notices on every thread when the request, the span or the extra labels change. One is active at a time.</summary>
/// <remarks>
/// <see cref="Activity.CurrentChanged"/> tells when activities start and stop, the change handler of an <see cref="AsyncLocal{T}"/>
/// when a thread turns to another flow. That handler runs in the middle of a context switch, where an exception ends the process.
/// </remarks>
internal sealed class ContextTracker
{
    private static readonly AsyncLocal<LabelContext?> _flow = new(OnFlowChanged);
    private static ContextTracker? _active;
    private static int _epochs;

    [ThreadStatic]
    private static ThreadSentinel? _ring;

    private readonly RingSupply _supply;
    private readonly ThreadTracks _tracks;
    private readonly ActivityLabels _labels;

    // Made anew by each start, before the tracker becomes visible to application threads.
    private ushort _epoch;
    private RequestContext _noRequest = null!;
    private ActivityFollower _follower = null!;

    public ContextTracker(LabelOptions options)
    {
        _supply = new RingSupply(Counters);
        Routes = new RouteTable(Counters);
        LabelSets = new LabelSetTable(Counters, options.MaxLabelSets);
        Requests = new RequestTable(Counters, options.MaxRequests);
        _tracks = new ThreadTracks(_supply, Counters);
        Timeline = new LabelTimeline(_tracks, Requests, Counters) { Chains = Chains, Meter = Meter };
        _labels = new ActivityLabels(options, LabelSets, Counters);
    }

    /// <summary>The one that is started; null when labels are off.</summary>
    public static ContextTracker? Active => Volatile.Read(ref _active);

    public LabelCounters Counters { get; } = new();

    public RouteTable Routes { get; }

    public LabelSetTable LabelSets { get; }

    public RequestTable Requests { get; }

    public SpanChains Chains { get; } = new();

    public LabelMeter Meter { get; } = new();

    public LabelTimeline Timeline { get; }

    /// <summary>The calling flow's context.</summary>
    public LabelContext? Current => InForce(_flow.Value);

    /// <summary>May be called again after <see cref="Stop"/>. Calls of the two must not overlap.</summary>
    /// <exception cref="InvalidOperationException">One is active already.</exception>
    public void Start()
    {
        if (Active is not null)
        {
            throw new InvalidOperationException("Another context tracker is active in this process.");
        }

        // What flows from before the last stop has missed changes.
        _epoch = (ushort)Interlocked.Increment(ref _epochs);
        _noRequest = new RequestContext(RequestId.None, null, 0, 0, 0, _epoch);
        _follower = new ActivityFollower(Requests, new RequestIndex(), _labels, Chains, _noRequest);
        _tracks.Begin(_epoch);

        // Bound and compiled before it is needed where neither may fail.
        OsThread.Touch();
        ThreadRing.Touch(Counters);
        Meter.Add(0);
        if (Interlocked.CompareExchange(ref _active, this, null) is not null)
        {
            throw new InvalidOperationException("Another context tracker is active in this process.");
        }

        OnFlowChanged(default);
        OnSwitched(null);
        Activity.CurrentChanged += OnCurrentChanged;
    }

    /// <summary>Contexts that still flow mean nothing from now on: the handler returns at once. What was learnt stays.</summary>
    public void Stop()
    {
        if (ReferenceEquals(Interlocked.CompareExchange(ref _active, null, this), this))
        {
            Activity.CurrentChanged -= OnCurrentChanged;
            long now = Clock.Now;
            _tracks.Interrupt(now);
            Requests.EndAll(now);
        }
    }

    /// <summary>Starts a request where no activity is current.</summary>
    /// <param name="traceParent">The caller's <c>traceparent</c> header, whatever it says.</param>
    /// <returns>Null when the flow already works for a request.</returns>
    public RequestContext? BeginRequest(string? traceParent = null)
    {
        var flow = Current;
        if (flow is { Root.Ended: false } && !ReferenceEquals(flow.Root, _noRequest))
        {
            return null;
        }

        long start = Clock.Now;
        var root = _follower.BeginScope(flow, traceParent, start);
        Turn(root, start);
        return root;
    }

    /// <summary>Works for the request of the current activity, which may have started before the tracker did.</summary>
    public void Join(Activity current)
    {
        var flow = Current;
        if (!_follower.IsAt(flow, current))
        {
            long now = Clock.Now;
            Turn(_follower.Next(null, current, flow, now), now);
        }
    }

    /// <summary>Ends a request that has no activity, and goes back to what was around it.</summary>
    public void EndRequest(RequestContext root)
    {
        long now = Clock.Now;
        _follower.End(root, now);
        if (Current is { } flow && ReferenceEquals(flow.Root, root))
        {
            Turn(_follower.WithManual(root.Parent, flow.ManualSet), now);
        }
    }

    public void SetRoute(int route)
    {
        if (route == 0 || Current is not { } flow || ReferenceEquals(flow.Root, _noRequest))
        {
            return;
        }

        flow.Root.Route = route;
        _ = Requests.SetRoute(flow.Root.Id, route);
        for (var outer = flow.Root.Parent; outer is { SpanId: 0, Root.Route: 0 } && !ReferenceEquals(outer.Root, _noRequest); outer = outer.Root.Parent)
        {
            outer.Root.Route = route; // the request without an activity around it
            _ = Requests.SetRoute(outer.Root.Id, route);
        }

        if (_ring?.Ring is not { } ring || ring.Epoch != _epoch || !ring.TryCorrect(flow))
        {
            Record(flow);
        }
    }

    /// <summary>Lays labels over those of the flow.</summary>
    public LabelContext? BeginLabels(ReadOnlySpan<KeyValuePair<string, string>> labels)
    {
        var flow = Current;
        Turn(_follower.WithManual(flow, LabelSets.With(flow?.ManualSet ?? LabelSetTable.None, labels)), Clock.Now);
        return flow;
    }

    /// <summary>Goes back to the labels of an earlier context, wherever the flow is now.</summary>
    public void EndLabels(LabelContext? before, LabelContext? begun)
    {
        var flow = Current;
        if (ReferenceEquals(flow, begun))
        {
            Turn(before, Clock.Now);
        }
        else if (flow is not null && begun is not null && flow.ManualSet == begun.ManualSet)
        {
            Turn(_follower.WithManual(flow, before?.ManualSet ?? LabelSetTable.None), Clock.Now);
        }
    }

    private void OnCurrentChanged(object? sender, ActivityChangedEventArgs change)
    {
        try
        {
            long timed = LabelMeter.Begin();
            var before = _flow.Value;
            var flow = before is null || !IsMine(before) || (change.Previous is null && IsOver(before)) ? null : before;
            long now = Clock.Now;
            var next = _follower.Next(change.Previous, change.Current, flow, now);
            if (next is null && (before is null || !IsMine(before) || IsOver(before)))
            {
                Record(null, now); // what stays in the flow is known to be over: not clearing it saves a request 100 bytes
            }
            else if (!ReferenceEquals(next, before))
            {
                Turn(next, now);
            }

            Meter.End(timed);
        }
        catch (Exception)
        {
            Forget(); // the application's tracing goes on without us
        }
    }

    /// <summary>Rather no label than one that may be another request's.</summary>
    private void Forget()
    {
        LabelCounters.Add(ref Counters.HandlerFailures);
        try
        {
            Record(null);
            _flow.Value = null;
        }
        catch (Exception)
        {
            LabelCounters.Add(ref Counters.HandlerFailures); // no memory for that either: counted, and tried again with the next change
        }
    }

    /// <summary>Turns the flow to another context, and records it with the time that is known already.</summary>
    private void Turn(LabelContext? context, long now)
    {
        _flow.Value = context;
        Record(InForce(context), now);
    }

    /// <summary>Takes no lock, allocates nothing, touches only what <see cref="Start"/> has initialised.</summary>
    private static void OnFlowChanged(AsyncLocalValueChangedArgs<LabelContext?> change)
    {
        if (change.ThreadContextChanged) // what we set ourselves is recorded by whoever sets it
        {
            OnSwitched(change.CurrentValue);
        }
    }

    private static void OnSwitched(LabelContext? context)
    {
        var tracker = Volatile.Read(ref _active);
        if (tracker is null)
        {
            return;
        }

        try
        {
            long timed = LabelMeter.Begin();
            tracker.Record(tracker.InForce(context));
            tracker.Meter.End(timed);
        }
        catch (Exception)
        {
            LabelCounters.Add(ref tracker.Counters.HandlerFailures);
        }
    }

    private LabelContext? InForce(LabelContext? context) =>
        context is null || !IsMine(context) || IsLeftBehind(context) ? null : context;

    /// <summary>Not made by an earlier tracker.</summary>
    private bool IsMine(LabelContext context) => context.Root.Epoch == _epoch;

    private static bool IsOver(LabelContext context) => context.Root.Ended && context.SpanId != 0;

    /// <summary>
    /// A flow that stopped its last activity keeps the context of the ended request, but no activity is current there;
    /// work that the request left behind still has the stopped one. (Where such work goes on as the flow itself, on the same thread and
    /// without a pause, the runtime sees no change: until the next one the flow counts as work after the request.)
    /// </summary>
    private static bool IsLeftBehind(LabelContext context) => IsOver(context) && Activity.Current is null;

    private void Record(LabelContext? context, long now = 0)
    {
        var ring = _ring?.Ring;
        if (ring is null || ring.Epoch != _epoch)
        {
            if (_supply.Rings.Take() is not { } taken)
            {
                LabelCounters.Add(ref Counters.ChangesWithoutRing);
                return;
            }

            _ring = taken;
            ring = taken.Ring;
            ring.Own(OsThread.CurrentId(), _epoch);
        }

        var entry = new RingEntry(now, context, 0);
        if (ring.IsNews(entry))
        {
            // Not before: a thread is told of many changes that are none, and asking the clock costs more than all the rest.
            entry.Timestamp = now != 0 ? now : Clock.Now;
            entry.Allocated = GC.GetAllocatedBytesForCurrentThread();
            ring.Append(entry);
        }
    }
}
