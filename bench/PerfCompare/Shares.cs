namespace SelfProfiler.PerfCompare;

/// <summary>How much of the samples each function has, alone and with what it calls.</summary>
internal sealed class Shares
{
    private readonly Dictionary<string, double> _self = [];
    private readonly Dictionary<string, double> _inclusive = [];
    private double _total;

    public long Samples { get; private set; }

    public IEnumerable<string> Functions => _inclusive.Keys;

    public static Shares Of(Profile profile)
    {
        var shares = new Shares();
        var data = profile.Data;
        foreach (var sample in data.Samples)
        {
            var stack = new List<string>();
            for (var node = sample.LeafNode; node != 0; node = data.NodeParent[node])
            {
                stack.Add(data.Frames[data.NodeFrame[node]].Function);
            }

            shares.Add(stack, sample.Count, sample.Value);
        }

        return shares;
    }

    /// <param name="stack">Leaf first.</param>
    /// <param name="count">Samples.</param>
    /// <param name="value">What they weigh.</param>
    public void Add(List<string> stack, long count, double value)
    {
        if (stack.Count == 0)
        {
            return;
        }

        Samples += count;
        _total += value;
        _self[stack[0]] = _self.GetValueOrDefault(stack[0]) + value;
        foreach (var function in stack.Distinct())
        {
            _inclusive[function] = _inclusive.GetValueOrDefault(function) + value;
        }
    }

    public double Self(string function) => _self.GetValueOrDefault(function) / _total * 100;

    public double Inclusive(string function) => _inclusive.GetValueOrDefault(function) / _total * 100;
}
