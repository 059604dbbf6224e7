namespace SelfProfiler.EventCost;

/// <summary>One pair of measurements.</summary>
/// <param name="Frames">Frames per event, as they arrived.</param>
/// <param name="Events">Events that arrived.</param>
/// <param name="OffNs">CPU time of the writing thread per event with the session off.</param>
/// <param name="OnNs">The same with the session on.</param>
internal readonly record struct Round(double Frames, long Events, double OffNs, double OnNs)
{
    public double EventNs => OnNs - OffNs;
}
