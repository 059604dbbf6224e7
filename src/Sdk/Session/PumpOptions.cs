namespace SelfProfiler.Session;

/// <summary>How the pump turns, and whom it tells.</summary>
internal sealed record PumpOptions
{
    /// <summary>The longest time between two turns, whatever arrives, until <see cref="Pump.IntervalNs"/> is set.</summary>
    public TimeSpan TurnInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    public int BufferBytes { get; init; } = 64 * 1024;

    /// <summary>Called on the pump with the current time (monotonic ns).</summary>
    public Action<long>? OnTurn { get; init; }

    /// <summary>Called on the pump when a callback threw; must be as careful as everything there.</summary>
    public Action<string, Exception>? OnError { get; init; }
}

/// <summary>Counters of the pump, for the status.</summary>
internal readonly record struct PumpCounts(long Turns, long Bytes, long Errors, long RefusedCommands, int Descriptors, long LongestTurnNs);
