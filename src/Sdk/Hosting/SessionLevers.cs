using SelfProfiler.Diagnostics;
using SelfProfiler.Session;

namespace SelfProfiler.Hosting;

/// <summary>What the governor moves: sessions on and off, and how often the runtime ticks. Pump only.</summary>
/// <remarks>Allocations and exceptions share the session of the collections, which goes on in any case: one with other keywords continues it.</remarks>
internal sealed class SessionLevers
{
    private readonly SessionSupervisor _sessions;
    private bool _allocations = true;
    private bool _exceptions = true;

    /// <param name="sessions">Whom to move.</param>
    /// <param name="allocations">False: not wanted, so that nobody ever switches them off.</param>
    /// <param name="exceptions">The same.</param>
    public SessionLevers(SessionSupervisor sessions, bool allocations, bool exceptions)
    {
        _sessions = sessions;
        Redefine(allocations, exceptions);
    }

    /// <summary>Nothing is moved while the profiler is switched off.</summary>
    public bool Enabled { get; set; }

    public void AllowTicks(double perSecond) => _sessions.Ticks.SetAllowedRate(perSecond);

    public void Run(Stoppable source, bool run)
    {
        switch (source)
        {
            case Stoppable.Waits:
                _sessions.Want(SessionKind.Waits, run && Enabled);
                break;
            case Stoppable.Contention:
                _sessions.Want(SessionKind.Contention, run && Enabled);
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
            _sessions.Redefine(SessionDefinition.Gc(allocations, exceptions));
        }
    }
}
