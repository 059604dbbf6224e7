using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Tells routes what their requests took and used, when they have ended and when more of it is learnt. Pump only.</summary>
internal sealed class RequestOutcomes(RequestTable requests)
{
    public RouteStatistics Routes { get; } = new();

    /// <summary>Told of every request when all that it used is known.</summary>
    public EndedRequestHandler? Ended { get; set; }

    /// <summary>Where pauses for collections are looked up.</summary>
    public GcPauses? Pauses { get; set; }

    public int RouteOf(RequestId id) => requests.TryGetState(id, out int route, out _) ? route : 0;

    /// <summary>A request that was followed has ended.</summary>
    public void OnEnded(RequestId id)
    {
        if (requests.TryGet(id, out var request))
        {
            requests.Settle(id);
            Tell(id, new RequestState(request.Route, request.Status, request.Start, request.End), request.Usage);
        }
    }

    public void Tell(RequestId id, in RequestState request, RequestUsage usage)
    {
        if (Pauses?.Within(request.Start, request.End) is > 0 and var paused)
        {
            var pauses = new RequestUsage { GcPauseNs = paused };
            requests.AddUsage(id, pauses);
            usage += pauses;
        }

        Routes.Add(request, usage);
        Ended?.Invoke(request);
    }

    public void AddUsage(RequestId id, in RequestUsage more)
    {
        if (requests.AddUsage(id, more) == RequestProgress.Settled)
        {
            Routes.AddUsage(RouteOf(id), more); // its route has been told without
        }
    }
}
