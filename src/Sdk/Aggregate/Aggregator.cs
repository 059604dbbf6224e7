using SelfProfiler.Decode;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Aggregate;

/// <summary>Gives every sample its stack, its label and its weight, and counts it in the open windows. Pump only.</summary>
internal sealed class Aggregator
{
    private readonly StackTrie _trie = new();
    private readonly FrameTable _frames;
    private readonly StackInterner _stacks;
    private readonly KnownWaits _known;
    private readonly CpuLedger _cpu;
    private readonly WallLedger _wall;
    private readonly BlockedLedger _blocked;
    private readonly AwaitingStacks _awaiting;
    private readonly OffThreadLedger _offThread;
    private readonly ShortTimes _shortRests = new();
    private readonly ShortTimes _shortGaps = new();
    private readonly LabelTimeline _labels;
    private readonly RequestOutcomes _outcomes;
    private readonly WindowSealer _sealer;
    private readonly StackCompaction _compaction;
    private readonly WeightedSampleHandler _onCpu;
    private readonly WeightedSampleHandler _onResidue;
    private readonly GapHandler _onGap;

    public Aggregator(Func<ulong, MethodBody?> find, LabelTimeline labels, RequestTable requests)
    {
        _frames = new FrameTable(find);
        _stacks = new StackInterner(_trie, _frames, Limits.StackNodes);
        _known = new KnownWaits(_frames, _trie);
        _cpu = new CpuLedger(_trie, _frames, Collections);
        _outcomes = new RequestOutcomes(requests);
        _wall = new WallLedger(_trie, _frames, _outcomes.RouteOf, _shortRests);
        _blocked = new BlockedLedger(Windows, labels, requests, _wall, _known, () => _stacks.Overflow);
        Waits = new HeldWaits(_known, (in BlockedSpan wait) => _blocked.Add(ProfileKind.Waits, wait));
        _awaiting = new AwaitingStacks(_trie, _frames, labels.Chains);
        _offThread = new OffThreadLedger(requests, _awaiting);
        _offThread.Ended = _outcomes.OnEnded;
        _labels = labels;
        _sealer = new WindowSealer(_trie, _frames);
        _compaction = new StackCompaction(_trie, _frames, Windows, _cpu, _wall, Waits, Limits.StackNodes);
        _onCpu = OnCpu;
        _onResidue = OnResidue;
        _onGap = OnGap;
    }

    public WindowSet Windows { get; } = new();

    /// <summary>Waits of which it is not known yet what they were for.</summary>
    public HeldWaits Waits { get; }

    /// <summary>What requests took and used, by route.</summary>
    public RouteStatistics Routes => _outcomes.Routes;

    /// <summary>Told of every request when all that it used is known.</summary>
    public EndedRequestHandler? RequestEnded
    {
        get => _outcomes.Ended;
        set => _outcomes.Ended = value;
    }

    /// <summary>Where pauses for collections are looked up.</summary>
    public GcPauses? Pauses { get => _outcomes.Pauses; set => _outcomes.Pauses = value; }

    /// <summary>Told of every suspension.</summary>
    public Collections Collections { get; } = new();

    /// <summary>Samples that fell on the profiler's own threads: they are its cost, not the application's.</summary>
    public long OwnSamples { get; private set; }

    /// <summary>Of everything that could be in a window.</summary>
    public long Dropped => _cpu.Dropped + _stacks.Overflowed + _offThread.Dropped + _wall.Dropped;

    /// <summary>What found no room, as the status names it. Any thread.</summary>
    public IEnumerable<KeyValuePair<string, long>> Losses =>
    [
        new("samples dropped at a limit", _cpu.Dropped),
        new("samples without their stack, no room for new ones", _stacks.Overflowed),
        new("pieces of work not followed at a limit", _offThread.Dropped + _wall.Dropped),
        new("samples without labels or stack in a full window", Windows.Overflowed),
        new("samples since the start that became [overflow]", Windows.OverflowedSinceStart),
    ];

    public long SamplesSeen { get; private set; }

    public int StackNodes => _trie.Count;

    /// <summary>Samples of computing threads come from the kernel: ticks only show where threads stand still.</summary>
    public bool KernelSamples { get; set; }

    /// <summary>Shows who is blocked still at a moment that has passed.</summary>
    public Action<long, RawSampleHandler>? OpenWaits { get; set; }

    /// <summary>Labelled time so far that neither CPU nor an event explains.</summary>
    public double RestNs => _wall.RestNs;

    /// <summary>The profiler's threads and the runtime's event threads.</summary>
    public HashSet<int> OwnThreads { get; } = [];

    /// <param name="sample">As its source saw it.</param>
    /// <param name="weight">How many like it this one stands for, because its session runs part of the time.</param>
    public void OnSample(in RawSample sample, double weight)
    {
        if (OwnThreads.Contains(sample.Thread))
        {
            OwnSamples++;
            return;
        }

        SamplesSeen++;
        int stack = _stacks.Intern(sample);
        var key = KeyAt(stack, sample.Thread, sample.Timestamp);
        switch (sample.Source)
        {
            case SampleSource.Kernel:
            case SampleSource.Tick:
                OnThreadSample(sample, key);
                break;
            case SampleSource.Allocation:
                Windows.Add(ProfileKind.Allocations, sample.Timestamp, key, sample.Count * weight, sample.Value * weight, _stacks.Overflow);
                break;
            case SampleSource.Exception:
                Windows.Add(ProfileKind.Exceptions, sample.Timestamp, key, sample.Count * weight, 0, _stacks.Overflow);
                break;
            case SampleSource.Contention:
                _blocked.Add(ProfileKind.Contention, BlockedSpan.Of(sample, key, weight));
                _outcomes.AddUsage(key.Label.Request, new RequestUsage(0, 0, (long)sample.Value, 0, 0));
                break;
            case SampleSource.Wait:
                Waits.Add(BlockedSpan.Of(sample, key, weight));
                break;
        }
    }

    public void OnInterval(in LabelInterval interval, in BookedInterval booked)
    {
        // What goes on after the request's end has samples of its own.
        long end = booked.Request.End;
        var worked = end != 0 && end < interval.End ? interval with { End = Math.Max(interval.Start, end) } : interval;
        switch (booked.Part)
        {
            case IntervalPart.After:
                break; // what outlived its request is no longer on-thread time of that request
            case IntervalPart.Whole:
                _wall.OnRequest(worked, booked.Request.Route);
                _outcomes.Tell(interval.Label.Request, booked.Request, booked.Usage);
                break;
            case IntervalPart.Piece:
                _wall.OnThread(worked);
                _offThread.OnThread(worked);
                break;
            default:
                _wall.OnThread(worked);
                break;
        }
    }

    /// <summary>Weighs everything up to the end of the period and compacts the tables when they have grown.</summary>
    public void Close(in CpuPeriod period, HashSet<int> waiting, ReadOnlySpan<CpuUse> threads)
    {
        Waits.Close(waiting);
        _cpu.Close(period, threads, _onCpu);
        _cpu.AddUnseen(period.UnseenCpuNs, period.KernelSamples, period.Until, _onCpu);
        if (period.Last)
        {
            _cpu.Flush(period.Until, _onCpu);
        }

        if (!period.KernelSamples)
        {
            foreach (ref readonly var tick in _cpu.Closed)
            {
                _wall.Saw(tick);
            }
        }

        _wall.Close(period.Until, waiting, _onResidue);
        _offThread.Close(period.Until, _onGap);
        _shortRests.EndPeriod(period.LengthNs);
        _shortGaps.EndPeriod(period.LengthNs);
        _cpu.BeginPeriod();
        Windows.RefreshRequests();
        _frames.Age(period.Until);
        if (_compaction.RunIfGrown(period.Until))
        {
            _known.Forget();
            _awaiting.Forget();
        }
    }

    /// <summary>Samples that came too late for the last period get no weight: what will be used later is not theirs.</summary>
    public void ForgetUnweighted() => _cpu.Forget();

    public SealedWindow Seal(ProfileWindow window, long to, DateTimeOffset start, long lost, string[] comments)
    {
        if (!window.Cumulative)
        {
            Waits.DecideBefore(to); // a table since the start gets them still
        }

        if (!window.Wants(ProfileKind.Wall))
        {
            return _sealer.Seal(window, to, start, lost, comments);
        }

        try
        {
            AddOpen(window, to);
            return _sealer.Seal(window, to, start, lost, comments);
        }
        finally
        {
            _blocked.TakeOpenBack(window); // whatever happens: what is left would be taken from the next window
        }
    }

    private void AddOpen(ProfileWindow window, long to) => OpenWaits?.Invoke(to, (in RawSample open) =>
    {
        if (!OwnThreads.Contains(open.Thread))
        {
            _blocked.AddOpen(window, open, KeyAt(_stacks.Intern(open), open.Thread, open.Timestamp - 1));
        }
    });

    private void OnThreadSample(in RawSample sample, in SampleKey key)
    {
        if (sample.Source == SampleSource.Tick)
        {
            Windows.AddThread(sample.Thread, sample.Timestamp, key, _stacks.Overflow);
        }

        Windows.Remember(key.Label.Request, sample.Timestamp);
        var pending = new PendingSample
        {
            Thread = sample.Thread,
            Timestamp = sample.Timestamp,
            Key = key,
            Computing = sample.Source == SampleSource.Kernel || sample.Managed,
            Blocked = sample.Source == SampleSource.Tick && !sample.Managed && _known.IsBlocked(key.Stack),
        };
        if (!KernelSamples || sample.Source == SampleSource.Kernel)
        {
            _cpu.Add(pending);
        }
        else if ((key.Flags & SampleFlags.AfterRequest) == 0 && !(pending.Blocked && _known.IsTold(key.Stack)))
        {
            _wall.Saw(pending);
        }
    }

    private void OnCpu(in PendingSample sample)
    {
        if (sample.CpuNs <= 0)
        {
            return;
        }

        double count = sample.Extra ? 0 : 1;
        var key = sample.Key with { Flags = sample.Key.Flags & ~SampleFlags.Unlabelled };
        Windows.Add(ProfileKind.Cpu, sample.Timestamp, key, count, sample.CpuNs, _stacks.Overflow);
        _outcomes.AddUsage(key.Label.Request, new RequestUsage(0, 0, 0, (long)sample.CpuNs, (long)count));
        key = _wall.Explain(sample.Thread, key, sample.CpuNs);
        Windows.Add(ProfileKind.Wall, sample.Timestamp, key, count, sample.CpuNs, _stacks.Overflow);
    }

    private void OnResidue(in PendingSample sample) =>
        Windows.Add(ProfileKind.Wall, sample.Timestamp, sample.Key, sample.Extra ? 0 : 1, sample.CpuNs, _stacks.Overflow);

    internal void OnGap(long start, long end, in SampleKey key, double count)
    {
        var (ns, counted) = _shortGaps.Take(_outcomes.RouteOf(key.Label.Request), end - start, count);
        if (ns == end - start)
        {
            Windows.AddSpan(ProfileKind.Wall, start, end, key, counted, _stacks.Overflow);
        }
        else if (ns > 0)
        {
            Windows.Add(ProfileKind.Wall, end - 1, key, counted, ns, _stacks.Overflow);
        }
    }

    private SampleKey KeyAt(int stack, int thread, long timestamp)
    {
        var found = _labels.Resolve(thread, timestamp);
        return new SampleKey(stack, found.Label, found.Route, found.AfterRequest ? SampleFlags.AfterRequest : SampleFlags.None);
    }
}
