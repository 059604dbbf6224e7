namespace SelfProfiler.Serve.Port;

/// <summary>What happened on the diagnostics port. Any thread of the port counts; any thread reads.</summary>
internal sealed class PortCounters
{
    private long _connections;
    private long _requests;
    private long _full;
    private long _malformed;
    private long _tooSlow;
    private long _gone;
    private long _gaveWay;
    private long _faults;

    public long Connections => Interlocked.Read(ref _connections);

    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Connections refused because all places were taken.</summary>
    public long Full => Interlocked.Read(ref _full);

    /// <summary>Requests that were not strictly HTTP/1.1, or too large.</summary>
    public long Malformed => Interlocked.Read(ref _malformed);

    /// <summary>Connections cut because a request or the reading of an answer took too long.</summary>
    public long TooSlow => Interlocked.Read(ref _tooSlow);

    /// <summary>Clients that went away before their answer.</summary>
    public long Gone => Interlocked.Read(ref _gone);

    /// <summary>Idle connections closed for others.</summary>
    public long GaveWay => Interlocked.Read(ref _gaveWay);

    /// <summary>Errors of ours.</summary>
    public long Faults => Interlocked.Read(ref _faults);

    public void AddConnection() => Interlocked.Increment(ref _connections);

    public void AddRequest() => Interlocked.Increment(ref _requests);

    public void AddFull() => Interlocked.Increment(ref _full);

    public void AddMalformed() => Interlocked.Increment(ref _malformed);

    public void AddTooSlow() => Interlocked.Increment(ref _tooSlow);

    public void AddGone() => Interlocked.Increment(ref _gone);

    public void AddGaveWay() => Interlocked.Increment(ref _gaveWay);

    public void AddFault() => Interlocked.Increment(ref _faults);

    public IReadOnlyList<KeyValuePair<string, long>> Losses() =>
    [
        new("connections refused by the diagnostics port, all places taken", Full),
        new("malformed requests to the diagnostics port", Malformed),
        new("clients of the diagnostics port cut as too slow", TooSlow),
        new("clients of the diagnostics port gone before their answer", Gone),
        new("errors of the diagnostics port", Faults),
    ];
}
