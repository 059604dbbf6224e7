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
    private readonly AwaitingStacks _awaiting;
    private readonly OffThreadLedger _offThread;
    private readonly ShortTimes _shortRests = new();
    private readonly ShortTimes _shortGaps = new();
    private readonly LabelTimeline _labels;
    private readonly RequestOutcomes _outcomes;
    private readonly WindowSealer _sealer;
    private readonly WeightedSampleHandler _onCpu;
    private readonly WeightedSampleHandler _onResidue;
    private readonly GapHandler _onGap;
    private int _compactAt;

    public Aggregator(Func<ulong, MethodBody?> find, LabelTimeline labels, RequestTable requests)
    {
        _frames = new FrameTable(find);
        _stacks = new StackInterner(_trie, _frames, Limits.StackNodes);
        _known = new KnownWaits(_frames, _trie);
        Waits = new HeldWaits(_known, OnWait);
        _cpu = new CpuLedger(_trie, _frames, Collections);
        _outcomes = new RequestOutcomes(requests);
        _wall = new WallLedger(_trie, _frames, _outcomes.RouteOf, _shortRests);
        _awaiting = new AwaitingStacks(_trie, _frames, labels.Chains);
        _offThread = new OffThreadLedger(requests, _awaiting);
        _offThread.Ended = _outcomes.OnEnded;
        _labels = labels;
        _sealer = new WindowSealer(_trie, _frames);
        _compactAt = Limits.StackNodes / 2;
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

    public long Dropped => _cpu.Dropped + _stacks.Overflowed + _offThread.Dropped;

    public long SamplesSeen { get; private set; }

    public int StackNodes => _trie.Count;

    /// <summary>Samples of computing threads come from the kernel: ticks only show where threads stand still.</summary>
    public bool KernelSamples { get; set; }

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
                OnBlockedSpan(ProfileKind.Contention, BlockedSpan.Of(sample, key, weight));
                _outcomes.AddUsage(key.Label.Request, new RequestUsage(0, 0, (long)sample.Value, 0, 0));
                break;
            case SampleSource.Wait:
                Waits.Add(BlockedSpan.Of(sample, key, weight));
                break;
        }
    }

    public void OnInterval(in LabelInterval interval, in BookedInterval booked)
    {
        switch (booked.Part)
        {
            case IntervalPart.After:
                break; // what outlived its request is no longer on-thread time of that request
            case IntervalPart.Whole:
                _wall.OnRequest(interval, booked.Request.Route);
                _outcomes.Tell(interval.Label.Request, booked.Request, booked.Usage);
                break;
            case IntervalPart.Piece:
                _wall.OnThread(interval);
                _offThread.OnThread(interval);
                break;
            default:
                _wall.OnThread(interval);
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
        if (_trie.Count > _compactAt)
        {
            Compact();
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

        return _sealer.Seal(window, to, start, lost, comments);
    }

    private void OnThreadSample(in RawSample sample, in SampleKey key)
    {
        if (sample.Source == SampleSource.Tick)
        {
            Windows.AddThread(sample.Thread, sample.Timestamp, key, _stacks.Overflow);
        }

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

    private void OnWait(in BlockedSpan wait) => OnBlockedSpan(ProfileKind.Waits, wait);

    private void OnBlockedSpan(ProfileKind kind, in BlockedSpan span)
    {
        Windows.Add(kind, span.Timestamp, span.Key, span.Weight, span.WeightedNs, _stacks.Overflow);
        var key = BookAsExplained(span.Thread, span.Key, span.Ns);
        Windows.AddSpan(ProfileKind.Wall, span.Timestamp - (long)span.Ns, span.Timestamp, key, 1, _stacks.Overflow);
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
        key = BookAsExplained(sample.Thread, key, sample.CpuNs);
        Windows.Add(ProfileKind.Wall, sample.Timestamp, key, count, sample.CpuNs, _stacks.Overflow);
    }

    private SampleKey BookAsExplained(int thread, in SampleKey key, double ns)
    {
        if (key.Label.IsNone && key.Route == 0)
        {
            return key with { Flags = key.Flags | SampleFlags.Unlabelled };
        }

        if ((key.Flags & SampleFlags.AfterRequest) == 0)
        {
            _wall.Explained(thread, key.Label, ns);
        }

        return key;
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

    /// <summary>Stacks nobody refers to any more make room; what is still open is renumbered.</summary>
    private void Compact()
    {
        bool[] live = new bool[_trie.Count];
        Windows.MarkLive(live);
        _cpu.MarkLive(live);
        _wall.MarkLive(live);
        Waits.MarkLive(live);
        int[] moved = _trie.Compact(live, _frames);
        Windows.Renumber(moved);
        _cpu.Renumber(moved);
        _wall.Renumber(moved);
        Waits.Renumber(moved);
        _known.Forget();
        _awaiting.Forget();

        // When nearly everything was live, compacting again soon would only burn CPU.
        _compactAt = Math.Min(Limits.StackNodes, Math.Max(Limits.StackNodes / 2, _trie.Count * 2));
    }
}
