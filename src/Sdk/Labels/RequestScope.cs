using System.Diagnostics;

namespace SelfProfiler.Labels;

/// <summary>The request the calling flow works for: begins one where there is no activity, and says what is learnt of it. For the web package; never throws.</summary>
/// <remarks>Where an activity is current the scope attaches to its request, which ends with the activity.</remarks>
internal readonly struct RequestScope : IDisposable
{
    private readonly ContextTracker? _tracker;
    private readonly RequestContext? _own;

    private RequestScope(ContextTracker tracker, RequestContext? own)
    {
        _tracker = tracker;
        _own = own;
    }

    /// <summary>Call it in the method whose flow is the request's: what it sets is undone when an async method returns.</summary>
    /// <param name="traceParent">The caller's <c>traceparent</c> header; counts only where no activity has read it.</param>
    public static RequestScope Begin(string? traceParent = null)
    {
        if (ContextTracker.Active is not { } tracker)
        {
            return default;
        }

        try
        {
            if (Activity.Current is { } activity)
            {
                Join(activity);
                return default;
            }

            long timed = LabelMeter.Begin();
            var own = tracker.BeginRequest(traceParent);
            tracker.Meter.End(timed);
            return new RequestScope(tracker, own);
        }
        catch (Exception)
        {
            LabelCounters.Add(ref tracker.Counters.HandlerFailures);
            return default;
        }
    }

    /// <summary>As <see cref="Begin"/>, for callers that have the current activity in hand: nothing to dispose.</summary>
    public static void Join(Activity current)
    {
        if (ContextTracker.Active is { } tracker)
        {
            try
            {
                long timed = LabelMeter.Begin();
                tracker.Join(current);
                tracker.Meter.End(timed);
            }
            catch (Exception)
            {
                LabelCounters.Add(ref tracker.Counters.HandlerFailures);
            }
        }
    }

    /// <summary>From inside the request, on any thread.</summary>
    /// <param name="route">The template, never the raw path.</param>
    public static void SetRoute(string? route)
    {
        if (ContextTracker.Active is { } tracker)
        {
            try
            {
                long timed = LabelMeter.Begin();
                tracker.SetRoute(tracker.Routes.Intern(route));
                tracker.Meter.End(timed);
            }
            catch (Exception)
            {
                LabelCounters.Add(ref tracker.Counters.HandlerFailures);
            }
        }
    }

    /// <summary>As <see cref="SetRoute(string)"/>, for callers that keep the name.</summary>
    public static void SetRoute(RouteName route)
    {
        if (ContextTracker.Active is { } tracker)
        {
            try
            {
                long timed = LabelMeter.Begin();
                tracker.SetRoute(route.NumberIn(tracker.Routes));
                tracker.Meter.End(timed);
            }
            catch (Exception)
            {
                LabelCounters.Add(ref tracker.Counters.HandlerFailures);
            }
        }
    }

    public static void SetStatus(int status)
    {
        if (ContextTracker.Active is { } tracker && tracker.Current is { } flow)
        {
            _ = tracker.Requests.SetStatus(flow.Root.Id, status);
        }
    }

    /// <summary>Ends the request if <see cref="Begin"/> began it.</summary>
    public void Dispose()
    {
        if (_tracker is null || _own is null)
        {
            return;
        }

        try
        {
            long timed = LabelMeter.Begin();
            _tracker.EndRequest(_own);
            _tracker.Meter.End(timed);
        }
        catch (Exception)
        {
            LabelCounters.Add(ref _tracker.Counters.HandlerFailures);
        }
    }
}
