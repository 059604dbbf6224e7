namespace SelfProfiler.Hosting;

/// <summary>When the kernel is asked again after its events were lost to something that passes: a storm of threads, memory or descriptors that somebody else holds. No clock of its own.</summary>
internal sealed class KernelRetry
{
    private const long MinuteNs = 60_000_000_000;

    private static readonly long[] _delays = [MinuteNs, 5 * MinuteNs, 30 * MinuteNs];

    private int _failures;
    private long _next = long.MaxValue;
    private long _since = long.MaxValue;

    public bool IsDue(long now) => now >= _next;

    /// <summary>It does not sample, or does not any more.</summary>
    public void Failed(long now)
    {
        // Whoever is lost again soon has not recovered: each change has its price and its line in the log.
        _failures = now - _since >= _delays[^1] ? 0 : _failures;
        _since = long.MaxValue;
        _next = now + _delays[Math.Min(_failures++, _delays.Length - 1)];
    }

    /// <summary>It samples.</summary>
    public void Succeeded(long now) => (_since, _next) = (now, long.MaxValue);

    /// <summary>It is not asked again.</summary>
    public void Cancel() => _next = long.MaxValue;
}
