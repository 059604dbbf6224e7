using SelfProfiler.Diagnostics;
using SelfProfiler.Session;

namespace SelfProfiler.Hosting;

/// <summary>What the governor moves: sessions on and off, and how often the runtime ticks. Pump only.</summary>
/// <remarks>Allocations and exceptions share the session of the collections, which goes on in any case: one with other keywords continues it.</remarks>
internal sealed class SessionLevers(SessionSupervisor sessions)
{
    private bool _allocations = true;
    private bool _exceptions = true;

    /// <summary>Nothing is moved while the profiler is switched off.</summary>
    public bool Enabled { get; set; }

    public void AllowTicks(double perSecond) => sessions.Ticks.SetAllowedRate(perSecond);

    public void Run(Stoppable source, bool run)
    {
        switch (source)
        {
            case Stoppable.Waits:
                sessions.Want(SessionKind.Waits, run && Enabled);
                break;
            case Stoppable.Contention:
                sessions.Want(SessionKind.Contention, run && Enabled);
                break;
            case Stoppable.Allocations:
                Redefine(run, _exceptions);
                break;
            case Stoppable.Exceptions:
                Redefine(_allocations, run);
                break;
        }
    }

    private void Redefine(bool allocations, bool exceptions)
    {
        if (allocations != _allocations || exceptions != _exceptions)
        {
            (_allocations, _exceptions) = (allocations, exceptions);
            sessions.Redefine(SessionDefinition.Gc(allocations, exceptions));
        }
    }
}
