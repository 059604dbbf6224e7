namespace SelfProfiler.Labels;

/// <summary>Decides what a sample is labelled with: by when it was taken, not by when it arrived. Pump only.</summary>
internal sealed class LabelResolver(RequestTable requests, LabelCounters counters)
{
    /// <param name="entry">What was in force on the thread.</param>
    /// <param name="timestamp">When the sample was taken.</param>
    public ResolvedLabels Resolve(in RingEntry entry, long timestamp)
    {
        var label = entry.Label;
        if (label.Request.IsNone)
        {
            return new ResolvedLabels(label, entry.Route, entry.AfterRequest);
        }

        bool known = requests.TryGetState(label.Request, out int route, out long end);
        if (known && (end == 0 || timestamp <= end))
        {
            return new ResolvedLabels(label, 0, false);
        }

        // What outlives its request keeps the route and nothing that says which request it was; so does what lost its slot.
        var rest = new LabelRef(RequestId.None, 0, label.LabelSet);
        if (known)
        {
            return new ResolvedLabels(rest, route, true);
        }

        LabelCounters.Add(ref counters.SamplesOfEvicted);
        return new ResolvedLabels(rest, entry.Route, entry.AfterRequest);
    }
}
