using System.Runtime.InteropServices;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Explains the time a thread worked for a label: CPU, waits and contention are known; the rest slept, did synchronous I/O or waited for a processor. Pump only.</summary>
/// <remarks>CPU of a short request is an estimate: one got a sample of 10 ms, ten others got none. So a period's overdrafts of a route
/// are taken from what its other requests have left over: the sum is exact, and single long requests are too.</remarks>
internal sealed class WallLedger(StackTrie trie, FrameTable frames, Func<RequestId, int> routeOf, ShortTimes shortTimes)
{
    private readonly PagedTable<Work, Balance> _balances = new();
    private readonly Dictionary<int, (double Left, double Over)> _routes = []; // of this period
    private readonly List<(Work Work, int Route, double Ns)> _drawn = [];
    private readonly List<PendingSample> _ticks = [];
    private readonly RestStacks _stacks = new(trie, frames);

    /// <summary>Pieces of work, and ticks, that found no place among those of a period.</summary>
    public long Dropped { get; private set; }

    /// <summary>Time so far that neither CPU nor an event explains.</summary>
    public double RestNs { get; private set; }

    public void OnThread(in LabelInterval interval) => Book(interval.Thread, interval.Label, interval.End - interval.Start);

    /// <summary>The whole of a request that never left its thread. A short one needs no balance of its own: what explains some of its time is an overdraft of its route.</summary>
    public void OnRequest(in LabelInterval interval, int route)
    {
        double ns = interval.End - interval.Start;
        if (ns >= shortTimes.Measure)
        {
            OnThread(interval);
            return;
        }

        CollectionsMarshal.GetValueRefOrAddDefault(_routes, route, out _).Left += ns;
        double full = shortTimes.Take(route, ns, 0).Ns;
        if (full > 0 && _drawn.Count >= Limits.Balances)
        {
            Dropped++;
        }
        else if (full > 0)
        {
            _drawn.Add((new Work(interval.Label.Request, interval.Label.SpanId, interval.Label.LabelSet, interval.Thread), route, full));
        }
    }

    /// <summary>Books what explains some of the time of whom a sample is labelled with.</summary>
    /// <returns>The key it counts under.</returns>
    public SampleKey Explain(int thread, in SampleKey key, double ns)
    {
        if (IsUnlabelled(key))
        {
            return key with { Flags = key.Flags | SampleFlags.Unlabelled };
        }

        if ((key.Flags & SampleFlags.AfterRequest) == 0)
        {
            Explained(thread, key.Label, ns);
        }

        return key;
    }

    public static bool IsUnlabelled(in SampleKey key) => key.Label.IsNone && key.Route == 0;

    public void Explained(int thread, LabelRef label, double ns) => Book(thread, label, -ns);

    /// <summary>A tick that may show where the rest of a thread's time goes.</summary>
    public void Saw(in PendingSample tick)
    {
        if (tick.Key.Label.IsNone)
        {
            return;
        }

        if (_ticks.Count < Limits.Balances)
        {
            _ticks.Add(tick);
        }
        else
        {
            Dropped++;
        }
    }

    /// <summary>Settles everything up to now, except threads that are in a wait that has not ended: its length is not known yet.</summary>
    public void Close(long until, HashSet<int> waiting, WeightedSampleHandler emit)
    {
        for (int i = 0; i < _balances.Count; i++)
        {
            ref readonly var work = ref _balances.Key(i);
            if (!waiting.Contains(work.Thread))
            {
                ref var balance = ref _balances[i];
                balance.Route = routeOf(work.Request);
                ref var route = ref CollectionsMarshal.GetValueRefOrAddDefault(_routes, balance.Route, out _);
                route = balance.LeftNs > 0 ? (route.Left + balance.LeftNs, route.Over) : (route.Left, route.Over - balance.LeftNs);
            }
        }

        int seen = TakeTicks(until);
        int kept = 0;
        for (int i = 0; i < _balances.Count; i++)
        {
            ref readonly var work = ref _balances.Key(i);
            if (waiting.Contains(work.Thread))
            {
                _balances.Move(i, kept++);
                continue;
            }

            var balance = _balances[i];
            var (all, over) = _routes[balance.Route];
            if (balance.LeftNs > 0 && all > over)
            {
                EmitRest((work.Thread, work.Label), balance.Route, balance.LeftNs * (all - over) / all, until, emit);
            }
        }

        foreach (var (work, number, ns) in _drawn)
        {
            var (all, over) = _routes[number];
            if (all > over)
            {
                Emit((work.Thread, work.Label), number, ns * (all - over) / all, until, emit);
            }
        }

        foreach (var (all, over) in _routes.Values)
        {
            RestNs += Math.Max(0, all - over);
        }

        _routes.Clear();
        _drawn.Clear();
        _balances.Truncate(kept);
        _ticks.RemoveRange(0, seen);
        _stacks.EndPeriod(until, routeOf);
    }

    public void MarkLive(bool[] live)
    {
        foreach (ref readonly var tick in CollectionsMarshal.AsSpan(_ticks))
        {
            live[tick.Key.Stack] = true;
        }

        _stacks.MarkLive(live);
    }

    public void Renumber(int[] moved)
    {
        foreach (ref var tick in CollectionsMarshal.AsSpan(_ticks))
        {
            tick.Key = tick.Key with { Stack = moved[tick.Key.Stack] };
        }

        _stacks.Renumber(moved);
    }

    /// <summary>Moves the ticks of the period to the front and notes them.</summary>
    /// <returns>How many they are.</returns>
    private int TakeTicks(long until)
    {
        var ticks = CollectionsMarshal.AsSpan(_ticks);
        int front = 0;
        for (int i = 0; i < ticks.Length; i++)
        {
            if (ticks[i].Timestamp <= until)
            {
                (ticks[front], ticks[i]) = (ticks[i], ticks[front]);
                _stacks.Saw(ticks[front++]);
            }
        }

        return front;
    }

    private void EmitRest((int Thread, LabelRef Label) key, int route, double ns, long until, WeightedSampleHandler emit)
    {
        if (!_stacks.Knows(key))
        {
            (ns, _) = shortTimes.Take(route, ns, 0);
        }

        if (ns > 0)
        {
            Emit(key, route, ns, until, emit);
        }
    }

    private void Emit((int Thread, LabelRef Label) key, int route, double ns, long until, WeightedSampleHandler emit)
    {
        int shares = _stacks.Of(key, route, until, out var stacks);
        for (int i = 0; i < shares; i++)
        {
            emit(new PendingSample
            {
                Thread = key.Thread,
                Timestamp = until - 1,
                Key = new SampleKey(stacks[i], key.Label, 0, SampleFlags.None),
                CpuNs = ns / shares,
                Extra = true,
            });
        }
    }

    private void Book(int thread, LabelRef label, double ns)
    {
        if (_balances.Count >= Limits.Balances)
        {
            Dropped++;
            return;
        }

        _balances.GetOrAdd(new Work(label.Request, label.SpanId, label.LabelSet, thread), out _).LeftNs += ns;
    }

    /// <summary>Of one thread for one label, without gaps between the members.</summary>
    private readonly record struct Work(RequestId Request, ulong Span, int LabelSet, int Thread)
    {
        public LabelRef Label => new(Request, Span, LabelSet);
    }

    private struct Balance
    {
        /// <summary>On the thread and not explained; less than nothing where a sample stands for more than there was.</summary>
        public double LeftNs;
        public int Route;
    }
}
