using static SelfProfiler.Session.Posix;

namespace SelfProfiler.Session;

/// <summary>The descriptors the pump watches. Everything here belongs to the pump, except the two counters.</summary>
internal sealed unsafe class PumpDescriptors
{
    private const int MaxReadsPerRound = 8;
    private const int MaxErrorsInARow = 5;

    private readonly Action<string, Exception> _report;
    private readonly byte[] _buffer;
    private readonly List<Watched> _watched = [];
    private PollEntry[] _entries = new PollEntry[16];
    private long _bytes;
    private int _count;

    public PumpDescriptors(int bufferBytes, Action<string, Exception> report)
    {
        _report = report;
        _buffer = GC.AllocateUninitializedArray<byte>(bufferBytes, pinned: true);
    }

    public long Bytes => Volatile.Read(ref _bytes);

    public int Count => Volatile.Read(ref _count);

    public void Add(int descriptor, PumpSource source)
    {
        _watched.Add(new Watched { Descriptor = descriptor, Source = source });
        Volatile.Write(ref _count, _watched.Count);
    }

    public void Remove(PumpSource source)
    {
        var watched = _watched.Find(w => w.Source == source);
        if (watched is not null)
        {
            Close(watched, PumpClose.Detached);
        }
    }

    /// <summary>Waits for the first of: something to read, the wake event, the moment. Reads what is there.</summary>
    public void PollOnce(WakeEvent wake, long now, long until)
    {
        int count = Prepare(wake.Descriptor);
        int timeout = (int)Math.Clamp((until - now + 999_999) / 1_000_000, 0, 1_000);
        fixed (PollEntry* entries = _entries)
        {
            int ready = Poll(entries, (nuint)count, timeout);
            if (ready < 0 && Error != Interrupted)
            {
                _ = WaitReadable(-1, timeout); // Refused (no memory, say): not again at once.
            }

            if (ready <= 0)
            {
                return; // Nothing, or interrupted by a signal: the loop comes again.
            }
        }

        if (_entries[0].Returned != 0)
        {
            wake.Reset();
        }

        // Callbacks may add and remove: added ones come after count, removed ones are marked.
        for (int i = count - 1; i >= 1; i--)
        {
            if (_entries[i].Returned != 0 && i - 1 < _watched.Count && _watched[i - 1] is var watched && watched.Descriptor == _entries[i].Descriptor)
            {
                Serve(watched);
            }
        }
    }

    public void CloseAll()
    {
        while (_watched.Count > 0)
        {
            Close(_watched[^1], PumpClose.PumpStopped);
        }
    }

    private int Prepare(int wake)
    {
        int count = _watched.Count + 1;
        if (_entries.Length < count)
        {
            _entries = new PollEntry[count * 2];
        }

        _entries[0] = new PollEntry { Descriptor = wake, Events = PollIn };
        for (int i = 1; i < count; i++)
        {
            _entries[i] = new PollEntry { Descriptor = _watched[i - 1].Descriptor, Events = PollIn };
        }

        return count;
    }

    private void Serve(Watched watched)
    {
        try
        {
            Read(watched);
            watched.ErrorsInARow = 0;
        }
        catch (Exception exception)
        {
            _report("a source", exception);
            if (++watched.ErrorsInARow >= MaxErrorsInARow)
            {
                Close(watched, PumpClose.Faulted);
            }
        }
    }

    private void Read(Watched watched)
    {
        var source = watched.Source;
        fixed (byte* buffer = _buffer)
        {
            // Bounded, so that one loud source does not keep the others or the turn waiting.
            for (int i = 0; i < MaxReadsPerRound && !watched.Gone; i++)
            {
                nint received = ReceiveNow(watched.Descriptor, buffer, _buffer.Length);
                if (received > 0)
                {
                    Volatile.Write(ref _bytes, _bytes + received);
                    source.OnBytes(new ReadOnlySpan<byte>(buffer, (int)received));
                    if (source.Broken is not null)
                    {
                        Close(watched, PumpClose.Faulted);
                        return;
                    }

                    if (received < _buffer.Length)
                    {
                        return;
                    }
                }
                else
                {
                    int error = received == 0 ? 0 : Error;
                    if (error is not (TryAgain or Interrupted))
                    {
                        Close(watched, received == 0 ? PumpClose.EndOfStream : PumpClose.Broken);
                    }

                    return;
                }
            }
        }
    }

    private void Close(Watched watched, PumpClose reason)
    {
        if (watched.Gone)
        {
            return;
        }

        watched.Gone = true;
        _watched.Remove(watched);
        Volatile.Write(ref _count, _watched.Count);
        try
        {
            watched.Source.OnClosed(reason);
        }
        catch (Exception exception)
        {
            _report("the end of a source", exception);
        }
        finally
        {
            _ = Posix.Close(watched.Descriptor);
        }
    }

    private sealed class Watched
    {
        public required int Descriptor { get; init; }

        public required PumpSource Source { get; init; }

        public int ErrorsInARow { get; set; }

        public bool Gone { get; set; }
    }
}
