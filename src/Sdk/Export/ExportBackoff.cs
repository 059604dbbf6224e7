namespace SelfProfiler.Export;

/// <summary>Decides how long a destination is left alone after failures: doubling pauses with jitter. No I/O, no clock of its own.</summary>
/// <param name="time">The clock.</param>
/// <param name="random">Numbers from 0 to 1: without jitter, a fleet comes back at the same instant.</param>
internal sealed class ExportBackoff(TimeProvider time, Func<double> random)
{
    // Written and read by the destination's worker only.
    private int _failures;
    private long _since;
    private TimeSpan _pause;

    /// <summary>Time left until the next attempt; zero when it may start.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = _pause - time.GetElapsedTime(_since);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public void Succeeded()
    {
        _failures = 0;
        _pause = TimeSpan.Zero;
    }

    /// <param name="retryAfter">What the destination asked for: a minimum, within reason.</param>
    public void Failed(TimeSpan? retryAfter)
    {
        var longest = TimeSpan.FromTicks(Math.Min(ExportLimits.LongestPause.Ticks, ExportLimits.FirstPause.Ticks << Math.Min(_failures, 10)));
        _failures++;
        _since = time.GetTimestamp();
        _pause = longest * (0.5 + (random() / 2));
        if (retryAfter is { } asked && asked > _pause)
        {
            _pause = asked < ExportLimits.LongestRetryAfter ? asked : ExportLimits.LongestRetryAfter;
        }
    }
}
