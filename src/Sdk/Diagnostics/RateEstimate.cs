namespace SelfProfiler.Diagnostics;

/// <summary>Remembers how dear something was: believes a rise quickly and a fall slowly, so that a storm is answered in seconds and a pause between two storms does not invite the next.</summary>
/// <param name="riseSeconds">Time in which half of a rise is believed; 0: at once.</param>
/// <param name="fallSeconds">Time in which half of a fall is believed.</param>
internal struct RateEstimate(double riseSeconds, double fallSeconds)
{
    private double _value;
    private bool _known;

    public readonly double Value => _value;

    public void Measure(double value, double seconds)
    {
        var halfLife = value >= _value ? riseSeconds : fallSeconds;
        _value = !_known || halfLife <= 0 ? value : value + ((_value - value) * Math.Pow(0.5, seconds / halfLife));
        _known = true;
    }
}
