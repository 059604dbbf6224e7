using SelfProfiler.Diagnostics;

namespace SelfProfiler.Labels;

/// <summary>The threads that have had a label, from their first change until they are forgotten. Pump only, except where it says otherwise.</summary>
internal sealed class ThreadTracks(RingSupply supply, LabelCounters counters)
{
    private readonly HistoryPages _histories = new(new EntryBudget(LabelLimits.EntriesInAll));
    private readonly Dictionary<int, ThreadTrack> _newest = [];
    private readonly List<ThreadTrack> _all = [];
    private readonly List<ThreadRing> _taken = [];
    private long _adoptedAt;
    private int _nextCheck;
    private long _lastVisit;
    private long _interruptionSeen;

    // Whoever starts and stops the tracker writes, the pump reads.
    private int _epoch;
    private long _interruptedAt;

    /// <summary>Ended ones included, which may still have samples on the way.</summary>
    public List<ThreadTrack> All => _all;

    /// <summary>Any thread: the tracker starts.</summary>
    public void Begin(ushort epoch) => Volatile.Write(ref _epoch, epoch);

    /// <summary>Any thread: the tracker stops. What was current then is not known to be current later.</summary>
    public void Interrupt(long now)
    {
        Volatile.Write(ref _epoch, 0);
        Volatile.Write(ref _interruptedAt, now);
    }

    /// <summary>Label changes of all threads so far.</summary>
    public long Changes { get; private set; }

    /// <summary>What was in force on a thread; nothing when that is not known.</summary>
    public RingEntry Find(int thread, long timestamp)
    {
        if (timestamp > _adoptedAt || Volatile.Read(ref _interruptedAt) != _interruptionSeen)
        {
            Adopt(Clock.Now);
        }

        if (!_newest.TryGetValue(thread, out var track))
        {
            return default;
        }

        if (timestamp > track.History.KnownUntil && !track.HasEnded)
        {
            Take(track, Clock.Now);
        }

        while (timestamp < track.History.Began && track.Earlier is { } earlier)
        {
            track = earlier;
        }

        if (track.History.Find(timestamp) is { } entry)
        {
            return entry;
        }

        LabelCounters.Add(ref counters.SamplesUnknown);
        return default;
    }

    /// <summary>Takes over what all threads have written.</summary>
    /// <param name="now">Read before the call.</param>
    /// <param name="bookedUntil">Histories are needed from here on.</param>
    public void Visit(long now, long bookedUntil)
    {
        Adopt(now);
        double ahead = RingSupply.Ahead(now - _lastVisit);
        long written = 0;
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            written += Visit(_all[i], i, now, bookedUntil, ahead);
        }

        supply.Provide(written, ahead);
        LookForEnded(now);
        _lastVisit = now;
    }

    /// <summary>Everything written up to a time is in the histories.</summary>
    public void CatchUp(long upTo)
    {
        if (upTo > _adoptedAt)
        {
            Adopt(Clock.Now);
        }

        foreach (var track in _all)
        {
            if (upTo > track.History.KnownUntil && !track.HasEnded)
            {
                Take(track, Clock.Now);
            }
        }
    }

    public void ThreadEnded(int thread)
    {
        // Whoever tells us may be late: the id can have a new owner already.
        if (_newest.TryGetValue(thread, out var track) && !track.HasEnded && OsThread.HasEnded(thread))
        {
            End(track);
        }
    }

    private void Take(ThreadTrack track, long now)
    {
        long written = track.Drain(now, supply.TakeBack);
        track.Written += written;
        Changes += written;
    }

    private void Adopt(long now)
    {
        _adoptedAt = now;
        supply.Adopt(_taken);
        foreach (var ring in _taken)
        {
            Add(new ThreadTrack(ring, new ThreadHistory(_histories, counters)), now);
        }

        _taken.Clear();
        if (Volatile.Read(ref _interruptedAt) != _interruptionSeen)
        {
            EndInterrupted();
        }
    }

    private void Add(ThreadTrack track, long now)
    {
        Take(track, now);
        if (_newest.TryGetValue(track.Thread, out var earlier))
        {
            track.Earlier = earlier;
            if (!earlier.HasEnded && earlier.Ring.Epoch == track.Ring.Epoch)
            {
                End(earlier);
            }
            else if (!earlier.HasEnded)
            {
                Take(earlier, now); // the same thread after an interruption
            }

            earlier.History.Ended = Math.Min(earlier.History.Ended, track.History.Began);
        }

        _newest[track.Thread] = track;
        _all.Add(track);
    }

    /// <returns>How many changes the thread has written since the last visit.</returns>
    private long Visit(ThreadTrack track, int index, long now, long bookedUntil, double ahead)
    {
        track.History.Trim(_lastVisit - LabelLimits.BookedHistoryNs);
        if (track.HasEnded)
        {
            if (track.History.Ended < Math.Min(now - LabelLimits.HistoryNs, bookedUntil))
            {
                Forget(track, index);
            }

            return 0;
        }

        Take(track, now);
        long written = track.Written;
        track.Written = 0;
        if (track.Ring.Abandoned)
        {
            End(track);
            return written;
        }

        supply.Extend(track.Ring, written, ahead);
        track.Quiet = track.Ring.Room() is var room && room > LabelLimits.LargestSegment && written * ahead < room ? track.Quiet + 1 : 0;
        if (track.Quiet > LabelLimits.QuietVisits)
        {
            track.Quiet = 0;
            supply.Shrink(track.Ring);
        }

        return written;
    }

    private void LookForEnded(long now)
    {
        // All of them once in a few visits: asking is a system call.
        int left = (_all.Count / LabelLimits.VisitsPerLivenessCheck) + 1;
        for (int i = 0; i < _all.Count && left > 0; i++)
        {
            _nextCheck = (_nextCheck + 1) % _all.Count;
            var track = _all[_nextCheck];
            if (track.HasEnded)
            {
                continue;
            }

            left--;
            if (OsThread.HasEnded(track.Thread))
            {
                End(track);
            }
            else
            {
                track.LastAlive = Math.Max(track.LastAlive, now);
            }
        }
    }

    // Only when nobody can write into the ring any more: its memory goes to the next thread.
    private void End(ThreadTrack track)
    {
        Take(track, Clock.Now);
        track.History.Ended = track.LastAlive + 1;
        track.Dismantle(supply.TakeBack);
    }

    // Threads that live go on with another ring when the tracker starts again: the old one is left alone.
    private void EndInterrupted()
    {
        _interruptionSeen = Volatile.Read(ref _interruptedAt);
        int epoch = Volatile.Read(ref _epoch);
        foreach (var track in _all)
        {
            if (track.Ring.Epoch == epoch)
            {
                continue;
            }

            if (!track.HasEnded)
            {
                Take(track, Clock.Now);
            }

            track.History.Ended = Math.Min(track.History.Ended, _interruptionSeen);
        }
    }

    private void Forget(ThreadTrack track, int index)
    {
        track.History.Release();

        // Interrupted and never ended: its thread may hold the ring for ever, and is somewhere else by now.
        track.Dismantle(supply.WriteOff);
        _all[index] = _all[^1];
        _all.RemoveAt(_all.Count - 1);
        if (!_newest.TryGetValue(track.Thread, out var newest) || ReferenceEquals(newest, track))
        {
            _newest.Remove(track.Thread);
            return;
        }

        for (var later = newest; later is not null; later = later.Earlier)
        {
            if (ReferenceEquals(later.Earlier, track))
            {
                later.Earlier = track.Earlier;
                return;
            }
        }
    }
}
