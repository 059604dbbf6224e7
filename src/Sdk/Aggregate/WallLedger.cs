using System.Runtime.InteropServices;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Explains the time a thread worked for a label: CPU, waits and contention are known; the rest slept, did synchronous I/O or waited for a processor. Pump only.</summary>
/// <remarks>CPU of a short request is an estimate: one got a sample of 10 ms, ten others got none. So a period's overdrafts of a route
/// are taken from what its other requests have left over: the sum is exact, and single long requests are too.</remarks>
internal sealed class WallLedger(StackTrie trie, FrameTable frames, Func<RequestId, int> routeOf)
{
    private const int MaxBalances = 65_536;

    private readonly Dictionary<(int Thread, LabelRef Label), Balance> _balances = [];
    private readonly Dictionary<int, (double Left, double Over)> _routes = [];

    /// <summary>Time that could not be booked at the limit of open balances.</summary>
    public double DroppedNs { get; private set; }

    public void OnThread(in LabelInterval interval) => Book(interval.Thread, interval.Label, interval.End - interval.Start, 0);

    public void Explained(int thread, LabelRef label, double ns) => Book(thread, label, 0, ns);

    /// <summary>Settles everything up to now, except threads that are in a wait that has not ended: its length is not known yet.</summary>
    public void Close(long until, HashSet<int> waiting, ReadOnlySpan<PendingSample> samples, WeightedSampleHandler emit)
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

        foreach (var (key, balance) in _balances)
        {
            if (waiting.Contains(key.Thread))
            {
                continue;
            }

            double left = balance.OnThreadNs - balance.ExplainedNs;
            var (all, over) = _routes[routeOf(key.Label.Request)];
            if (left > 0 && all > over)
            {
                Emit(key.Thread, key.Label, left * (all - over) / all, until, samples, emit);
            }

            _balances.Remove(key); // removal during enumeration is allowed for this collection
        }
    }

    private void Emit(int thread, LabelRef label, double ns, long until, ReadOnlySpan<PendingSample> samples, WeightedSampleHandler emit)
    {
        int seen = 0;
        foreach (ref readonly var sample in samples)
        {
            seen += sample.Thread == thread && !sample.Computing && sample.Key.Label == label ? 1 : 0;
        }

        if (seen == 0)
        {
            int stack = trie.Child(StackTrie.Root, frames.Intern("[not running]"));
            emit(new PendingSample { Thread = thread, Timestamp = until - 1, Key = new SampleKey(stack, label, 0, SampleFlags.None), CpuNs = ns, Extra = true });
            return;
        }

        foreach (ref readonly var sample in samples)
        {
            if (sample.Thread == thread && !sample.Computing && sample.Key.Label == label)
            {
                var share = sample;
                share.CpuNs = ns / seen;
                emit(share);
            }
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
