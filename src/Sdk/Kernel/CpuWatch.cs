namespace SelfProfiler.Kernel;

/// <summary>Decides whether the CPUs have changed so that events have to be opened anew. No system calls.</summary>
/// <remarks>
/// An event of a CPU is taken off for good when that CPU goes, and does not come back with it; events of threads do. A machine that
/// is suspended takes all CPUs but one away, and has them back before anybody looks.
/// </remarks>
internal sealed class CpuWatch
{
    /// <summary>The two clocks are read one after the other: a difference of less tells nothing.</summary>
    private const long LeastSuspensionNs = 1_000_000_000;

    private long _suspendedNs;

    /// <summary>The CPUs that have events.</summary>
    public int[] Cpus { get; private set; } = [];

    /// <summary>Events are opened.</summary>
    /// <param name="cpus">On these.</param>
    /// <param name="suspendedNs">How long the machine has been suspended since it was started.</param>
    public void Restart(int[] cpus, long suspendedNs) => (Cpus, _suspendedNs) = (cpus, suspendedNs);

    /// <param name="ofCpus">Events are those of CPUs, not of threads.</param>
    /// <param name="usable">The CPUs that some thread may run on now.</param>
    /// <param name="online">All CPUs there are now: a thread that may run on fewer takes none away.</param>
    /// <param name="suspendedNs">As in <see cref="Restart"/>.</param>
    public bool HaveChanged(bool ofCpus, int[] usable, int[] online, long suspendedNs) =>
        Array.Exists(usable, cpu => Array.IndexOf(Cpus, cpu) < 0)
        || (ofCpus && (suspendedNs - _suspendedNs >= LeastSuspensionNs || (online.Length > 0 && Array.Exists(Cpus, cpu => Array.IndexOf(online, cpu) < 0))));
}
