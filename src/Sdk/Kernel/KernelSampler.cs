using System.Diagnostics;
using SelfProfiler.Decode;

namespace SelfProfiler.Kernel;

/// <summary>Asks the kernel whether it may be used; <see cref="KernelSampler.TryStart(KernelSamplerSettings, out string?, out bool)"/>.</summary>
internal delegate KernelSampler? StartKernelHandler(KernelSamplerSettings settings, out string? reason, out bool passing);

/// <summary>CPU samples of all threads of this process from the Linux kernel's clock: nothing is suspended, nobody waits. Everything but <c>TryStart</c>, <see cref="Status"/> and <see cref="AddOwnThread"/> belongs to the pump.</summary>
internal sealed class KernelSampler : IDisposable
{
    private const long Second = 1_000_000_000;
    private const long CheckCpusEvery = 10 * Second;

    private readonly PerfAbi _abi;
    private readonly PerfRights _rights;
    private readonly KernelSamplerSettings _settings;
    private readonly ThreadList _threads;
    private readonly SampleDrain _drain;
    private readonly CpuWatch _cpus = new();
    private readonly long _reattachAtMostEvery;

    // Written by the pump; read by whoever asks for the status.
    private volatile SamplerEvents? _events;
    private volatile string? _reason = "The kernel sampler has not been attached yet.";
    private int _threadCount;
    private long _nextLook;
    private long _nextCpuCheck;
    private long _lastAttach;
    private bool _on = true;
    private volatile bool _crowded;

    internal KernelSampler(PerfAbi abi, PerfRights rights, KernelSamplerSettings settings)
    {
        _abi = abi;
        _rights = rights;
        _settings = settings;
        _threads = new ThreadList(abi);
        _drain = new SampleDrain(abi, rights, settings);
        _reattachAtMostEvery = (long)settings.ReattachAtMostEvery.TotalNanoseconds;
    }

    /// <summary>Samples are being taken.</summary>
    public bool Running => _events is not null;

    /// <summary>Null while it does not run.</summary>
    public SamplerScheme? Scheme => _events?.Plan.Scheme;

    /// <summary>Any thread.</summary>
    public KernelSamplerStatus Status => _settings.Counters.Describe(new KernelSamplerStatus
    {
        Running = Running,
        Reason = _reason,
        Scheme = _events?.Plan.Scheme,
        Crowded = _crowded,
        Inherits = _events?.Plan.Inherit ?? false,
        KernelTime = _rights.KernelTime && (_settings.KernelTime || _settings.KernelFrames),
        Cpus = _cpus.Cpus.Length,
        Threads = _threadCount,
        Events = _events?.Events(_threadCount) ?? 0,
        Descriptors = _events?.Descriptors ?? 0,
        RingBytes = _events?.RingBytes ?? 0,
        StackBytes = _events?.StackBytes ?? 0,
        LastError = _events?.LastError ?? 0,
    });

    /// <summary>Asks the kernel whether it may be used, the first time. Cheap; call it at start-up, then <see cref="AttachOnPump"/> on the pump as early as possible: events that exist before the threads do cost less.</summary>
    /// <param name="settings">What is wanted.</param>
    /// <param name="reason">Why it may not, and what to do about it.</param>
    /// <param name="passing">It may another time: it is short of memory or descriptors and forbids nothing.</param>
    public static KernelSampler? TryStart(KernelSamplerSettings settings, out string? reason, out bool passing) =>
        PerfProbe.Run(settings.Insist, out reason, out passing) is { } rights
            ? new KernelSampler(PerfAbi.Current!, rights, settings)
            : null;

    /// <inheritdoc cref="TryStart(KernelSamplerSettings, out string?, out bool)"/>
    public static KernelSampler? TryStart(KernelSamplerSettings settings, out string? reason) => TryStart(settings, out reason, out _);

    /// <summary>Opens the events. The rings belong to the calling thread: when it ends, attach again on its successor.</summary>
    /// <param name="reason">Why it failed, and what to do about it.</param>
    public bool AttachOnPump(out string? reason)
    {
        var plans = Plan(out var cpus, out reason);
        return Open(plans, cpus, reason, out reason);
    }

    /// <returns>What fits the threads and CPUs there are now, the best first. Touches no event.</returns>
    private List<SamplerPlan> Plan(out int[] cpus, out string? reason)
    {
        _lastAttach = Stopwatch.GetTimestamp();
        _nextLook = _lastAttach + Second;
        _nextCpuCheck = _lastAttach + Math.Min(CheckCpusEvery, _reattachAtMostEvery);
        _crowded = _settings.Crowd.IsCrowded(_lastAttach);
        cpus = [];
        if (!_threads.Read())
        {
            reason = SamplerEvents.EventRefused(_threads.Error);
            return [];
        }

        _threadCount = _threads.Threads.Length;
        cpus = CpuSet.For(_threads.Threads);
        var rights = _rights with { SystemWide = _rights.SystemWide && _settings.AllProcesses };
        var plans = SamplerPlan.Candidates(
            new SamplerNeeds(_threadCount, cpus.Length, DescriptorLimit(), Libc.PageSize, rights, _settings.MaxEvents, _crowded), out reason);
        if (_settings.Scheme is { } only && plans.RemoveAll(plan => plan.Scheme != only) > 0)
        {
            reason ??= "The scheme asked for does not fit.";
        }

        return plans;
    }

    private bool Open(List<SamplerPlan> plans, int[] cpus, string? whyNone, out string? reason)
    {
        Detach();
        _cpus.Restart(cpus, SuspendedNs());
        _settings.Crowd.Restart(_lastAttach, _settings.Counters.OfThisProcess, _settings.Counters.ForeignSamples, Diagnostics.Libc.ContextSwitches());
        reason = whyNone;
        foreach (var plan in plans)
        {
            SamplerEvents events = plan.Scheme == SamplerScheme.Threads
                ? new PerThreadEvents(_abi, plan, _settings, _rights)
                : new PerCpuEvents(_abi, plan, _settings, _rights, cpus);
            reason = events.Attach(_threads);
            if (reason is null)
            {
                _reason = null;
                _events = events;
                KeepOff();
                return true;
            }

            events.Dispose();
            PerfProbe.Forget();
        }

        _reason = reason;
        return false;
    }

    /// <summary>Takes samples, or takes none until told otherwise; events that are off cost a context switch a quarter of what they cost when on.</summary>
    public void Run(bool on)
    {
        if (on != _on)
        {
            _on = on;
            Libc.SwitchEvents(on);
        }
    }

    /// <summary>Threads of the profiler itself: their samples are counted as cost and not delivered.</summary>
    public void AddOwnThread(int thread) => _drain.AddOwnThread(thread);

    /// <summary>Delivers what the kernel has written since the last call; every 50 to 100 ms. Allocates nothing in the steady state.</summary>
    /// <returns>Samples delivered.</returns>
    public int Drain(RawSampleHandler onSample)
    {
        if (_events is not { } events)
        {
            return 0;
        }

        var delivered = _drain.Run(events, onSample);
        var now = Stopwatch.GetTimestamp();
        if (now >= _nextLook || (events.NewThreads && now >= _nextLook - Second))
        {
            Look(events, now);
        }

        return delivered;
    }

    public void Dispose()
    {
        Detach();
        _drain.Dispose();
    }

    /// <summary>Looks for threads and CPUs that came or went; at most 0.5 % of the pump's time where threads have to be found. Where the kernel covers new ones they are only counted, as often as CPUs.</summary>
    private void Look(SamplerEvents events, long now)
    {
        var find = !events.Plan.Inherit && events.Plan.Scheme != SamplerScheme.SystemWide;
        if ((find || now >= _nextCpuCheck) && _threads.Read())
        {
            _threadCount = _threads.Threads.Length;
            events.Follow(_threads);
            KeepOff();
        }

        var cost = Stopwatch.GetTimestamp() - now;
        _nextLook = now + Second + (cost * 200);
        var outgrown = events.Plan.Scheme == SamplerScheme.ThreadsByCpus && events.Events(_threadCount) > _settings.MaxEvents;
        if (((outgrown || CpusChanged(events, now)) && now - _lastAttach >= _reattachAtMostEvery) || CrowdChanged(events, now))
        {
            Reattach(events);
        }
    }

    /// <summary>A storm of threads may outgrow every scheme and be over in a moment: while nothing else fits, what there is goes on.</summary>
    private void Reattach(SamplerEvents events)
    {
        var plans = Plan(out var cpus, out var reason);
        if (plans.Count > 0 || events.Events(_threadCount) > SamplerPlan.MostKept * (long)_settings.MaxEvents)
        {
            _settings.Counters.Reattached++;
            _ = Open(plans, cpus, reason, out _);
        }
    }

    /// <summary>Others have come to take most of the CPUs, or it is time to see whether they still do, or context switches have become too many for events of threads.</summary>
    private bool CrowdChanged(SamplerEvents events, long now)
    {
        var crowd = _settings.Crowd;
        if (crowd.IsDue(now) && (_crowded || events.Plan.Scheme == SamplerScheme.SystemWide))
        {
            var counters = _settings.Counters;
            var switches = Diagnostics.Libc.ContextSwitches();
            var cpuNs = (double)_settings.PeriodNanoseconds / _cpus.Cpus.Length;
            if (events.Plan.Scheme == SamplerScheme.SystemWide)
            {
                crowd.Observe(now, counters.OfThisProcess, counters.ForeignSamples, switches, cpuNs);
            }
            else
            {
                crowd.ObserveSwitches(now, switches, cpuNs);
            }
        }

        return crowd.IsCrowded(now) != _crowded;
    }

    /// <summary>Events begin to sample as soon as they are opened.</summary>
    private void KeepOff()
    {
        if (!_on)
        {
            Libc.SwitchEvents(false);
        }
    }

    private bool CpusChanged(SamplerEvents events, long now)
    {
        if (now < _nextCpuCheck)
        {
            return false;
        }

        _nextCpuCheck = now + Math.Min(CheckCpusEvery, _reattachAtMostEvery);
        return _cpus.HaveChanged(events.Plan.Scheme == SamplerScheme.SystemWide, CpuSet.For(_threads.Threads), CpuSet.Online(), SuspendedNs());
    }

    private static long SuspendedNs() => Diagnostics.Libc.BootNs() - Stopwatch.GetTimestamp();

    private void Detach()
    {
        var events = _events;
        _events = null;
        _reason = "The kernel sampler was stopped.";
        events?.Dispose();
    }

    private static unsafe long DescriptorLimit()
    {
        var limits = stackalloc ulong[2];
        return Libc.GetLimit(Libc.LimitDescriptors, limits) == 0 ? (long)Math.Min(limits[0], int.MaxValue) : 1024;
    }
}
