using System.Runtime.InteropServices;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Explains the time a thread worked for a label: CPU, waits and contention are known; the rest slept, did synchronous I/O or waited for a processor. Pump only.</summary>
/// <remarks>CPU of a short request is an estimate: one got a sample of 10 ms, ten others got none. So a period's overdrafts of a route
/// are taken from what its other requests have left over: the sum is exact, and single long requests are too.</remarks>
internal sealed class WallLedger(StackTrie trie, FrameTable frames, Func<RequestId, int> routeOf)
{
    private const int MaxBalances = 65_536;
    private const int MaxTicks = 65_536;

    private readonly Dictionary<(int Thread, LabelRef Label), Balance> _balances = [];
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
        foreach (var (key, balance) in _balances)
        {
            if (!waiting.Contains(key.Thread))
            {
                ref var route = ref CollectionsMarshal.GetValueRefOrAddDefault(_routes, routeOf(key.Label.Request), out _);
                double left = balance.OnThreadNs - balance.ExplainedNs;
                route = left > 0 ? (route.Left + left, route.Over) : (route.Left, route.Over - left);
            }
        }

        int seen = TakeTicks(until);
        foreach (var (key, balance) in _balances)
        {
            if (waiting.Contains(key.Thread))
            {
                continue;
            }

            int routeId = routeOf(key.Label.Request);
            double left = balance.OnThreadNs - balance.ExplainedNs;
            var (all, over) = _routes[routeId];
            if (left > 0 && all > over)
            {
                Emit(key, routeId, left * (all - over) / all, until, emit);
            }

            _balances.Remove(key); // removal during enumeration is allowed for this collection
        }

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

        ref var balance = ref CollectionsMarshal.GetValueRefOrAddDefault(_balances, (thread, label), out _);
        balance.OnThreadNs += onThreadNs;
        balance.ExplainedNs += explainedNs;
    }

    private struct Balance
    {
        public double OnThreadNs;
        public double ExplainedNs;
    }
}
