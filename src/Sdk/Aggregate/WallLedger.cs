using System.Runtime.InteropServices;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Explains the time a thread worked for a label: CPU, waits and contention are known; the rest slept, did synchronous I/O or waited for a processor. Pump only.</summary>
/// <remarks>CPU of a short request is an estimate: one got a sample of 10 ms, ten others got none. So a period's overdrafts of a route
/// are taken from what its other requests have left over: the sum is exact, and single long requests are too.</remarks>
internal sealed class WallLedger(StackTrie trie, FrameTable frames, Func<RequestId, int> routeOf, ShortTimes shortTimes)
{
    private const int MaxBalances = 65_536;
    private const int MaxTicks = 65_536;

    private readonly Dictionary<(int Thread, LabelRef Label), int> _index = [];
    private readonly List<Balance> _balances = [];
    private readonly List<Balance> _kept = [];
    private readonly Dictionary<int, (double Left, double Over)> _routes = [];
    private readonly List<PendingSample> _ticks = [];
    private readonly RestStacks _stacks = new(trie, frames);

    /// <summary>Time that could not be booked at the limit of open balances.</summary>
    public double DroppedNs { get; private set; }

    /// <summary>Time so far that neither CPU nor an event explains.</summary>
    public double RestNs { get; private set; }

    public void OnThread(in LabelInterval interval) => Book(interval.Thread, interval.Label, interval.End - interval.Start, 0);

    public void Explained(int thread, LabelRef label, double ns) => Book(thread, label, 0, ns);

    /// <summary>A tick that may show where the rest of a thread's time goes.</summary>
    public void Saw(in PendingSample tick)
    {
        if (!tick.Key.Label.IsNone && _ticks.Count < MaxTicks)
        {
            _ticks.Add(tick);
        }
    }

    /// <summary>Settles everything up to now, except threads that are in a wait that has not ended: its length is not known yet.</summary>
    public void Close(long until, HashSet<int> waiting, WeightedSampleHandler emit)
    {
        _routes.Clear();
        foreach (ref var balance in CollectionsMarshal.AsSpan(_balances))
        {
            if (!waiting.Contains(balance.Thread))
            {
                balance.Route = routeOf(balance.Label.Request);
                ref var route = ref CollectionsMarshal.GetValueRefOrAddDefault(_routes, balance.Route, out _);
                double left = balance.OnThreadNs - balance.ExplainedNs;
                route = left > 0 ? (route.Left + left, route.Over) : (route.Left, route.Over - left);
            }
        }

        int seen = TakeTicks(until);
        _index.Clear();
        foreach (ref readonly var balance in CollectionsMarshal.AsSpan(_balances))
        {
            if (waiting.Contains(balance.Thread))
            {
                _index.Add((balance.Thread, balance.Label), _kept.Count);
                _kept.Add(balance);
                continue;
            }

            double left = balance.OnThreadNs - balance.ExplainedNs;
            var (all, over) = _routes[balance.Route];
            if (left > 0 && all > over)
            {
                Emit((balance.Thread, balance.Label), balance.Route, left * (all - over) / all, until, emit);
            }
        }

        int open = _balances.Count;
        _balances.Clear();
        _balances.AddRange(_kept);
        _kept.Clear();
        Slack.Trim(_balances, open);
        Slack.Trim(_index, open);
        _ticks.RemoveRange(0, seen);
        _stacks.EndPeriod(until);
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

    private void Emit((int Thread, LabelRef Label) key, int route, double ns, long until, WeightedSampleHandler emit)
    {
        RestNs += ns;
        if (!_stacks.Knows(key))
        {
            (ns, _) = shortTimes.Take(route, ns, 0);
            if (ns <= 0)
            {
                return;
            }
        }

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

    private void Book(int thread, LabelRef label, double onThreadNs, double explainedNs)
    {
        if (_balances.Count >= MaxBalances)
        {
            DroppedNs += onThreadNs;
            return;
        }

        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_index, (thread, label), out bool known);
        if (!known)
        {
            index = _balances.Count;
            _balances.Add(new Balance { Thread = thread, Label = label });
        }

        ref var balance = ref CollectionsMarshal.AsSpan(_balances)[index];
        balance.OnThreadNs += onThreadNs;
        balance.ExplainedNs += explainedNs;
    }

    private struct Balance
    {
        public int Thread;
        public LabelRef Label;
        public int Route;
        public double OnThreadNs;
        public double ExplainedNs;
    }
}
