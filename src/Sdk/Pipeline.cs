using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;

namespace SelfProfiler;

/// <summary>The path of a sample. Read this first: every stage is named here once, in the order data takes. Runs on the pump.</summary>
/// <remarks>
/// <code>
/// Session, Kernel → Decode → Labels.At(thread, time) → Aggregate (stacks, weights, windows) → sealed window
///                      └────→ Symbolize (methods)                                               → query → Encode, Serve, Export, History
/// </code>
/// Samples are joined to labels and cut into windows by their own times. CPU and wall wait for the clocks: a period is closed
/// when the samples taken before its end must have arrived (<see cref="ArrivalDelayNs"/>).
/// </remarks>
internal sealed class Pipeline : IDisposable
{
    /// <summary>The runtime writes its event buffers about every 100 ms; twice that was the longest seen without load.</summary>
    public const long ArrivalDelayNs = 300_000_000;

    private const long PeriodNs = 250_000_000;
    private const long KernelCarryNs = 4_000_000_000;
    private const long TickCarryNs = 10_000_000_000;

    private readonly LabelTimeline _labels;
    private readonly BookedIntervalHandler _onInterval;
    private readonly CpuReading _reading;
    private readonly HashSet<int> _waiting = [];
    private readonly RawSampleHandler _onOpenWait;
    private readonly List<SampleConnection> _connections = [];
    private long _lastReadAt;
    private bool _kernel; // samples of the period in hand came from there
    private bool _gaps;
    private bool _fresh;
    private bool _stopping;
    private LabelCounts _labelsTold;

    public Pipeline(LabelTimeline labels, RequestTable requests)
    {
        _labels = labels;
        _reading = new CpuReading(labels.ThreadEnded);
        _onOpenWait = OnOpenWait;
        Methods = new MethodMap();
        Aggregator = new Aggregator(Methods.Find, labels, requests);
        Aggregator.Pauses = Suspensions.Pauses;
        Aggregator.OpenWaits = OpenWaits;
        _onInterval = Aggregator.OnInterval;
        ClosedUntil = _lastReadAt = Clock.Now;
        Handlers = new RuntimeEventHandlers
        {
            Sample = OnSample,
            OpenAtEdge = OnOpenAtEdge,
            MethodLoad = Methods.Add,
            MethodUnload = unload => Methods.Remove(unload),
            ILMap = Methods.AddILMap,
            ModuleLoad = Methods.AddModule,
            ModuleUnload = Methods.RemoveModule,
            SuspendBegin = OnSuspendBegin,
            SuspendEnd = OnSuspendEnd,
        };
    }

    public MethodMap Methods { get; }

    public Aggregator Aggregator { get; }

    public RuntimeEventHandlers Handlers { get; }

    /// <summary>Told of every tick sample before it is counted: the schedule measures the time between ticks.</summary>
    public Func<long, bool>? TickSeen { get; set; }

    /// <summary>Told of every sample before it is counted: the governor reckons what it cost.</summary>
    public RawSampleHandler? SampleSeen { get; set; }

    /// <summary>How many times its own value an event counts now: a session that runs a tenth of the time stands for the rest.</summary>
    public Func<Stoppable, double>? WeightOf { get; set; }

    /// <summary>Told what the application's threads did for labels since the last time.</summary>
    public Action<LabelCounts>? LabelsChanged { get; set; }

    /// <summary>How many there were in the last turn.</summary>
    public long LabelChanges { get; private set; }

    /// <summary>Told the length of every suspension that was no collection's.</summary>
    public Action<long>? Suspended
    {
        get => Suspensions.OtherEnded;
        set => Suspensions.OtherEnded = value;
    }

    public SuspensionClock Suspensions { get; } = new();

    /// <summary>Everything up to this moment has its weight.</summary>
    public long ClosedUntil { get; private set; }

    /// <summary>No source runs and all is weighed: clocks are not read.</summary>
    public bool IsStopped { get; private set; } = true;

    /// <summary>How many times the period is doubled: with many threads reading their clocks costs something.</summary>
    public int Relax { get; set; }

    /// <summary>Samples of computing threads come from the kernel.</summary>
    public bool KernelSamples
    {
        get => Aggregator.KernelSamples;
        set => Aggregator.KernelSamples = value;
    }

    /// <summary>They were not taken all the time since the clocks were read last. Set in <see cref="Measured"/>.</summary>
    public bool KernelGaps { get; set; }

    /// <summary>They cover time in the kernel; otherwise the clocks tell how much of it there was.</summary>
    public bool KernelTimeSampled { get; set; }

    /// <summary>Told after each reading of the clocks: what every thread used.</summary>
    public ClocksReadHandler? Measured { get; set; }

    public void Connected(SampleConnection connection) => _connections.Add(connection);

    public void Disconnected(SampleConnection connection) => _connections.Remove(connection);

    public void OnTurn(long now)
    {
        _labels.Drain(now, asked: !IsStopped);
        var counts = _labels.Counts;
        LabelChanges = (counts - _labelsTold).Changes;
        LabelsChanged?.Invoke(counts - _labelsTold);
        _labelsTold = counts;
        if (_reading.IsPending && now - _reading.At >= ArrivalDelayNs)
        {
            Close();
        }

        if (IsStopped)
        {
            // Nothing of this time can still get a weight, and windows end all the same.
            ClosedUntil = _lastReadAt = Math.Max(ClosedUntil, now - ArrivalDelayNs);
        }
        else if (!_reading.IsPending && now - _lastReadAt >= PeriodNs << Relax)
        {
            ReadClocks(now);
        }
    }

    /// <summary>Sources begin, or are about to: CPU counts from now on, what was used while they were stopped is nobody's.</summary>
    public void Resume(long now)
    {
        if (_stopping && !IsStopped)
        {
            Close();
        }

        if (IsStopped)
        {
            Aggregator.ForgetUnweighted();
            _reading.Skip(now);
            (IsStopped, _stopping) = (false, false);
            ClosedUntil = _lastReadAt = now;
        }
    }

    /// <summary>Sources stop: their last samples get their weight, then the clocks rest. Call while it is known still where samples came from.</summary>
    public void Pause(long now)
    {
        if (!IsStopped && !_stopping)
        {
            CloseEarly();
            ReadClocks(now);
            _stopping = true;
        }
    }

    /// <summary>A capture begins that CPU used before, while no samples were taken, must not weigh in.</summary>
    public void BeginAfresh(long now)
    {
        _fresh = true;
        if (!IsStopped && !_reading.IsPending && now > _lastReadAt)
        {
            ReadClocks(now);
        }
    }

    /// <summary>Weighs what there is at once: the profiler stops.</summary>
    public void CloseNow(long now)
    {
        if (!IsStopped)
        {
            if (!_reading.IsPending)
            {
                ReadClocks(now);
            }

            Close();
        }
    }

    public void Dispose() => _reading.Dispose();

    private void ReadClocks(long now)
    {
        _kernel = KernelSamples;
        var threads = _reading.Read(now, Aggregator.OwnThreads, kernelTime: _kernel && !KernelTimeSampled);
        Measured?.Invoke(_reading.Clocks, threads, now, now - _lastReadAt);
        _gaps = _kernel && KernelGaps;
    }

    private void CloseEarly()
    {
        if (_reading.IsPending)
        {
            Close();
        }
    }

    private void Close()
    {
        long until = _reading.At;
        _reading.IsPending = false;
        _labels.Advance(until, _onInterval);
        _waiting.Clear();
        OpenWaits(until, _onOpenWait);

        long carry = _kernel && !_gaps ? KernelCarryNs : TickCarryNs;
        Aggregator.Close(
            new CpuPeriod(until, until - _lastReadAt, _kernel, carry, _reading.UnseenNs, _gaps, _fresh, Last: _stopping), _waiting, _reading.Uses);
        _fresh = false;
        ClosedUntil = _lastReadAt = until;
        IsStopped = _stopping;
    }

    /// <summary>Every sample of every source comes through here.</summary>
    public void OnSample(in RawSample sample)
    {
        SampleSeen?.Invoke(sample);
        if (sample.Source == SampleSource.Tick)
        {
            TickSeen?.Invoke(sample.Timestamp);
        }

        Aggregator.OnSample(sample, Weight(sample.Source));
    }

    // Where its session has run all the time until now, nothing shows how much of the wait belongs to which window, and there is one such edge only.
    private bool OnOpenAtEdge(in RawSample open)
    {
        if (Weight(open.Source) <= 1)
        {
            return false;
        }

        OnSample(in open);
        return true;
    }

    private double Weight(SampleSource source) => source switch
    {
        SampleSource.Allocation => WeightOf?.Invoke(Stoppable.Allocations) ?? 1,
        SampleSource.Contention => WeightOf?.Invoke(Stoppable.Contention) ?? 1,
        SampleSource.Wait => WeightOf?.Invoke(Stoppable.Waits) ?? 1,
        SampleSource.Exception => WeightOf?.Invoke(Stoppable.Exceptions) ?? 1,
        _ => 1,
    };

    private void OnSuspendBegin(SuspendBegin begin)
    {
        Suspensions.Begin(begin);
        Aggregator.Collections.Begin(begin);
    }

    private void OnSuspendEnd(SuspendEnd end)
    {
        Suspensions.End(end);
        Aggregator.Collections.End(end);
    }

    private void OpenWaits(long until, RawSampleHandler visit)
    {
        foreach (var connection in _connections)
        {
            connection.Parser.OpenWaits(until, visit);
        }
    }

    private void OnOpenWait(in RawSample sample) => _waiting.Add(sample.Thread);
}

internal delegate void ClocksReadHandler(ThreadClocks clocks, ReadOnlySpan<ThreadCpu> threads, long now, long wallNs);
