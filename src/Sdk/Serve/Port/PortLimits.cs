namespace SelfProfiler.Serve.Port;

/// <summary>The bounds of the diagnostics port. What reaches one is counted in <see cref="PortCounters"/>.</summary>
internal sealed record PortLimits
{
    /// <summary>Threads that answer, started when there is work; one per capture and some for everything else.</summary>
    public int Threads { get; init; } = 16;

    /// <summary>Accepted connections that may wait for a thread; beyond, 503.</summary>
    public int Waiting { get; init; } = 128;

    /// <summary>Request line and headers together.</summary>
    public int HeadBytes { get; init; } = 16 * 1024;

    public int LineBytes { get; init; } = 8 * 1024;

    public int Headers { get; init; } = 64;

    public int BodyBytes { get; init; } = PprofRequest.MaxBody;

    /// <summary>Of a body for this path: a profile to compare with is larger than anything else.</summary>
    public int BodyBytesOf(string path) => Math.Max(BodyBytes, PprofRequest.MaxBodyOf(path));

    public int RequestsPerConnection { get; init; } = 1_000;

    /// <summary>From the first byte of a request to the end of its body, however slowly it trickles.</summary>
    public TimeSpan Request { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Until the first byte of a request.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A connection this long without a byte gives way when others wait for a thread.</summary>
    public TimeSpan GivesWayAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time a client may keep us waiting to take an answer, beside what <see cref="SlowestBytesPerSecond"/> allows it.</summary>
    public TimeSpan Send { get; init; } = TimeSpan.FromSeconds(10);

    public int SlowestBytesPerSecond { get; init; } = 4_096;

    /// <summary>A thread without work ends after this.</summary>
    public TimeSpan IdleThread { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Closed connections whose client may still be reading our last words.</summary>
    public int Lingering { get; init; } = 256;

    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the clients of running captures are looked at; only while there are any.</summary>
    public TimeSpan Watch { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(1);

    public static PortLimits For(int maxCaptures) => new() { Threads = maxCaptures + ServeOptions.MaxSnapshots };
}
