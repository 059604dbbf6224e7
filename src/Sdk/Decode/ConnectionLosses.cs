namespace SelfProfiler.Decode;

/// <summary>What connections lost, those that live and those that ended: some live as long as the process. Changed by the pump, read by anyone.</summary>
internal sealed class ConnectionLosses
{
    // One reference, so that nobody who reads meets a connection twice, or not at all, while it ends.
    private volatile State _state = new([], default);

    private sealed record State(SampleConnection[] Live, LossCounts Ended);

    public LossCounts Counts
    {
        get
        {
            var state = _state;
            var sum = state.Ended;
            foreach (var connection in state.Live)
            {
                sum += LossCounts.Of(connection);
            }

            return sum;
        }
    }

    public void Opened(SampleConnection connection) => _state = _state with { Live = [.. _state.Live, connection] };

    /// <summary>Nothing is counted in it any more.</summary>
    public void Ended(SampleConnection connection) =>
        _state = new State(Array.FindAll(_state.Live, other => other != connection), _state.Ended + LossCounts.Of(connection));
}
