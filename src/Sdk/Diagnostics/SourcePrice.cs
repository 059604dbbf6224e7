namespace SelfProfiler.Diagnostics;

/// <summary>What one session costs for each second it runs. Events arrive up to some 100 ms after they were written, also after the session was stopped: short windows are judged when their last events are in.</summary>
internal struct SourcePrice()
{
    private const double EnoughSeconds = 0.9;

    private RateEstimate _price = new(0, 20);
    private double _costNs;
    private double _onSeconds;
    private double _seconds;

    /// <summary>Nanoseconds for each second.</summary>
    public readonly double Value => _price.Value;

    public void Add(SourceCost cost, double seconds)
    {
        _costNs += cost.CostNs;
        _onSeconds += cost.OnNs / 1e9;
        _seconds += seconds;
        if (_onSeconds > 0 && (_onSeconds >= EnoughSeconds || cost.OnNs == 0))
        {
            _price.Measure(_costNs / _onSeconds, _seconds);
            (_costNs, _onSeconds, _seconds) = (0, 0, 0);
        }
    }
}
