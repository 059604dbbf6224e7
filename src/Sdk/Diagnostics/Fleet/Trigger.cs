namespace SelfProfiler.Diagnostics.Fleet;

/// <summary>What starts a boost by itself.</summary>
/// <param name="Name">Becomes the value of the label <c>trigger</c>: <c>cpu</c>, <c>gc_pause</c>, <c>pool_queue</c>, <c>p95:/orders/{id}</c>.</param>
/// <param name="Threshold">In the unit of what is observed.</param>
/// <param name="For">How long the value must be above it without a break.</param>
/// <param name="CoolDown">How long it keeps quiet after it has fired.</param>
internal sealed record TriggerRule(string Name, double Threshold, TimeSpan For, TimeSpan CoolDown);

/// <summary>Watches one value and fires when it stays above its threshold. No clock of its own.</summary>
internal sealed class Trigger(TriggerRule rule)
{
    private long _aboveSince = long.MaxValue;
    private long _quietUntil;

    public TriggerRule Rule => rule;

    /// <summary>How often it fired.</summary>
    public long Fired { get; private set; }

    /// <summary>How often it would have fired, had it not been cooling down.</summary>
    public long Suppressed { get; private set; }

    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="value">NaN when there is nothing to observe.</param>
    /// <returns>A boost should start now.</returns>
    public bool Observe(long now, double value)
    {
        if (!(value >= rule.Threshold))
        {
            _aboveSince = long.MaxValue;
            return false;
        }

        _aboveSince = Math.Min(_aboveSince, now);
        if (now - _aboveSince < (long)rule.For.TotalNanoseconds)
        {
            return false;
        }

        // Once for each time above, however long that lasts; after the cool-down again if it still is.
        _aboveSince = now;
        if (now < _quietUntil)
        {
            Suppressed++;
            return false;
        }

        _quietUntil = now + (long)rule.CoolDown.TotalNanoseconds;
        Fired++;
        return true;
    }
}
