using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Opens windows for those who ask and seals them when their last sample must have arrived. Pump only.</summary>
internal sealed class CaptureSet(Aggregator aggregator, RequestTable requests, Func<long> lost, Func<ProfileWindow, string[]> comments, Action<CaptureTicket> completed)
{
    private const long RestOfTickNs = 150_000_000;

    private readonly List<CaptureTicket> _open = [];
    private bool _over;

    public int Count => _open.Count;

    public void Open(CaptureTicket ticket, long now, long to, DateTimeOffset utcNow)
    {
        if (_over)
        {
            // Ordered while the engine was being stopped: no turn would seal it.
            ticket.Refusal = CaptureTicket.Ended;
            completed(ticket);
            return;
        }

        ticket.Window = new ProfileWindow(ticket.Kinds, now, to, requests, Limits.WindowCells);
        ticket.Start = utcNow;
        ticket.LostBefore = lost();
        aggregator.Windows.Open(ticket.Window);
        _open.Add(ticket);
    }

    /// <summary>Ends a window early; what was collected is sealed at the next opportunity.</summary>
    public static void End(CaptureTicket ticket, long now)
    {
        if (ticket.Window is { } window)
        {
            window.To = Math.Min(window.To, now);
        }
    }

    /// <summary>A list of threads is complete a moment after its first tick has arrived: nobody has to guess how long a session takes to start.</summary>
    /// <returns>Whether a list waits for its tick still.</returns>
    public bool EndThreads(long now)
    {
        bool missing = false;
        foreach (var ticket in _open)
        {
            if (ticket.Kinds != Kinds.Only(ProfileKind.Threads))
            {
                continue;
            }

            if (ticket.Window!.CellsOf(ProfileKind.Threads) is not { Count: > 0 })
            {
                missing |= now < ticket.Window.To;
                continue;
            }

            ticket.FirstSeen = ticket.FirstSeen == 0 ? now : ticket.FirstSeen;
            if (now - ticket.FirstSeen >= RestOfTickNs)
            {
                End(ticket, now);
            }
        }

        return missing;
    }

    /// <summary>Seals every window whose end lies before <paramref name="closedUntil"/>.</summary>
    public void SealDue(long closedUntil)
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            var ticket = _open[i];
            // A window ended before anything could be closed in it holds nothing that could still get its weight.
            if (ticket.Window!.To <= Math.Max(closedUntil, ticket.Window.From))
            {
                _open.RemoveAt(i);
                Seal(ticket);
            }
        }
    }

    /// <summary>Seals everything now, and opens nothing any more: the profiler stops.</summary>
    public void SealAll(long now)
    {
        _over = true;
        foreach (var ticket in _open)
        {
            End(ticket, now);
        }

        try
        {
            SealDue(long.MaxValue);
        }
        finally
        {
            // One of them could not be sealed, and no further turn would come for the others.
            _open.ForEach(completed);
            _open.Clear();
        }
    }

    private void Seal(CaptureTicket ticket)
    {
        var window = ticket.Window!;
        aggregator.Windows.Close(window);
        try
        {
            ticket.Result = aggregator.Seal(window, window.To, ticket.Start, lost() - ticket.LostBefore, comments(window));
        }
        finally
        {
            completed(ticket); // whatever happens: somebody waits
        }
    }
}
