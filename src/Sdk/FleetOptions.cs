namespace SelfProfiler;

/// <summary>Profile for a while in each period instead of all the time.</summary>
public sealed class DutyOptions
{
    /// <summary>How long in each period.</summary>
    /// <value>The default is zero: all the time. Otherwise from 1 second to the period.</value>
    public TimeSpan On { get; set; }

    /// <summary>Out of how long; instances are spread over it.</summary>
    /// <value>The default is 1 minute; from 10 seconds to 1 day.</value>
    public TimeSpan Period { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>What a boost may cost: more samples for a while, because somebody or a trigger asked.</summary>
public sealed class BoostOptions
{
    /// <summary>Takes the place of <see cref="ContinuousProfilingOptions.OverheadBudget"/> while a boost runs, when it is larger.</summary>
    /// <value>The default is 0.03 (3 %); from 0.0005 to 0.5.</value>
    public double Budget { get; set; } = 0.03;

    /// <summary>How long a boost lasts that does not say so itself.</summary>
    /// <value>The default is 30 seconds; from 1 second to 5 minutes.</value>
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>What starts a boost by itself; everything is off unless set. Samples taken meanwhile carry the label <c>trigger</c>.</summary>
public sealed class TriggerOptions
{
    /// <summary>CPU of the process above this share of the processors it may use, 0.8 for example. Label value <c>cpu</c>.</summary>
    /// <value>The default is none; from 0.01 to 1.</value>
    public double? Cpu { get; set; }

    /// <summary>Share of the time that garbage collections stop the process above this, 0.05 for example. Label value <c>gc_pause</c>.</summary>
    /// <value>The default is none; from 0.001 to 1.</value>
    public double? GcPause { get; set; }

    /// <summary>More work items than this wait in the thread pool's queue. Label value <c>pool_queue</c>.</summary>
    /// <value>The default is none; at least 1.</value>
    public int? PoolQueue { get; set; }

    /// <summary>95th percentile of a route's durations (last half minute, at least 20 requests) above this, by route template. Label value <c>p95:/orders/{id}</c>.</summary>
    /// <value>The default is none; at most 11 routes, each from 1 millisecond to 16 seconds.</value>
    public IDictionary<string, TimeSpan> RouteP95 { get; set; } = new Dictionary<string, TimeSpan>();

    /// <summary>How long a value must be above its threshold without a break.</summary>
    /// <value>The default is 5 seconds; from 0 to 10 minutes.</value>
    public TimeSpan For { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a trigger keeps quiet after it has fired.</summary>
    /// <value>The default is 10 minutes; from 10 seconds to 1 day.</value>
    public TimeSpan CoolDown { get; set; } = TimeSpan.FromMinutes(10);
}
