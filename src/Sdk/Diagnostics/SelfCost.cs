using SelfProfiler.Labels;

namespace SelfProfiler.Diagnostics;

/// <summary>What one event costs the thread that writes it, in nanoseconds, by the depth of its stack.</summary>
internal delegate double EventCostHandler(CostSource source, double frames);

/// <summary>Reckons what the profiler takes from the process: time lost in suspensions, CPU of its own and of the runtime's event threads, events written on application threads. Pump only; allocates nothing.</summary>
/// <remarks>
/// A suspension of S takes from the application what it would have burnt meanwhile, and what the sampler burns that walks the stacks, but
/// never more than there is: S × min(processors, demand + sampler), where demand is what the application burns while it may run. The
/// sampler's share of S is measured: beside other programs it waits for a processor like everybody. They have that time, and the scheduler
/// gives the application some of it back: while the sampler only waited, the application's rate is taken as if it had run.
/// It is not counted twice. CPU of the pump and of the runtime's writers is shared out by events,
/// each source being charged for what an event can explain; the rest is <see cref="CostSource.Base"/>.
/// </remarks>
internal sealed class SelfCost(EventCostHandler eventNs)
{
    /// <summary>The most that transporting and decoding one event explains.</summary>
    private const double LongestHandlingNs = 5_000;

    /// <summary>History for <see cref="Over"/>.</summary>
    private const int Periods = 64;

    private readonly long[] _events = new long[CostReport.Sources];
    private readonly long[] _frames = new long[CostReport.Sources];
    private readonly CostReport[] _history = CreateHistory();
    private readonly CostReport _sum = new();
    private int _last = -1;
    private long _suspendedNs;
    private long _suspensions;
    private double _rundownNs;
    private double _switchesNs;
    private long _labelsNs;

    /// <summary>Since the profiler started.</summary>
    public CostReport Total { get; } = new();

    /// <summary>The period closed last.</summary>
    public CostReport Last => _history[Math.Max(0, _last)];

    /// <summary>An event arrived that an application thread wrote.</summary>
    public void CountEvent(CostSource source, int frames)
    {
        _events[(int)source]++;
        _frames[(int)source] += frames;
    }

    public void CountLabels(LabelCounts counts) => _labelsNs += counts.CostNs;

    /// <summary>All managed threads stood still for one tick of ours.</summary>
    public void CountTickSuspension(long ns)
    {
        _suspendedNs += ns;
        _suspensions++;
    }

    /// <summary>What the kernel's events took from context switches of the application.</summary>
    public void CountSwitches(double cpuNs) => _switchesNs += cpuNs;

    /// <summary>CPU that the runtime and the pump spent on a list of methods; it is part of what their threads burnt.</summary>
    public void CountRundown(double cpuNs) => _rundownNs += cpuNs;

    /// <summary>Ends a period.</summary>
    /// <param name="wallNs">Its length.</param>
    /// <param name="usableCpus">Processors the process may use, quota included.</param>
    /// <param name="threads">What each thread burnt in it.</param>
    /// <param name="endedNs">What ended threads burnt in it.</param>
    public CostReport Close(long wallNs, double usableCpus, ReadOnlySpan<ThreadCpu> threads, long endedNs)
    {
        double app = endedNs, own = 0, runtime = 0;
        foreach (ref readonly var thread in threads)
        {
            switch (thread.Kind)
            {
                case ThreadKind.Own: own += thread.CpuNs; break;
                case ThreadKind.EventPipe: runtime += thread.CpuNs; break;
                default: app += thread.CpuNs; break;
            }
        }

        _last = (_last + 1) % Periods;
        var report = _history[_last];
        report.Begin(wallNs, usableCpus, app, _suspendedNs, _suspensions);
        var sampler = Math.Min(runtime, _suspendedNs);
        report[CostSource.Ticks] = Suspended(wallNs, usableCpus, app, sampler);
        report[CostSource.Labels] = _labelsNs;

        var transport = own + runtime - sampler;
        report[CostSource.Rundown] = Math.Min(_rundownNs, transport);
        transport -= report[CostSource.Rundown];
        report[CostSource.Base] = ShareOut(report, transport);

        report[CostSource.Kernel] += _switchesNs;

        Total.Add(report);
        Array.Clear(_events);
        Array.Clear(_frames);
        (_suspendedNs, _suspensions, _rundownNs, _switchesNs, _labelsNs) = (0, 0, 0, 0, 0);
        return report;
    }

    /// <summary>The sum over the latest periods that together are at least as long; valid until the next call.</summary>
    public CostReport Over(long wallNs)
    {
        _sum.Clear();
        for (var i = 0; i < Periods && _last >= 0 && _sum.WallNs < wallNs; i++)
        {
            _sum.Add(_history[(_last - i + Periods) % Periods]);
        }

        return _sum;
    }

    private double Suspended(long wallNs, double usableCpus, double appNs, double samplerNs)
    {
        var running = Math.Max(1, wallNs - samplerNs);
        return Math.Max(samplerNs, Math.Min(_suspendedNs * usableCpus, (_suspendedNs * appNs / running) + samplerNs));
    }

    /// <returns>What no event explains.</returns>
    private double ShareOut(CostReport report, double transportNs)
    {
        long events = 0;
        foreach (var count in _events)
        {
            events += count;
        }

        if (events == 0)
        {
            return transportNs;
        }

        var each = Math.Min(LongestHandlingNs, transportNs / events);
        for (var i = 0; i < CostReport.Sources; i++)
        {
            if (_events[i] > 0)
            {
                var source = (CostSource)i;

                // Samples of ticks are written by the sampler's thread while all others stand still: that time is counted already.
                var written = source == CostSource.Ticks ? 0 : eventNs(source, (double)_frames[i] / _events[i]);
                report[source] += _events[i] * (each + written);
            }
        }

        return transportNs - (each * events);
    }

    private static CostReport[] CreateHistory()
    {
        var history = new CostReport[Periods];
        for (var i = 0; i < Periods; i++)
        {
            history[i] = new CostReport();
        }

        return history;
    }
}
