using System.Runtime.InteropServices;

namespace SelfProfiler.Session;

/// <summary>Reads a whole rundown without coming back into managed code while the runtime writes it.</summary>
/// <remarks>
/// While the runtime lists its methods it holds locks that JIT compilation, and with them even a collection, can wait for. A reader
/// that needs either, as every managed reader sooner or later does, could then wait for the runtime while the runtime waits
/// for the reader. So the stream goes into reserved memory in one system call, and is decoded when the session is over.
/// Belongs to the control thread, except <see cref="Abort"/>.
/// </remarks>
internal sealed unsafe class DrainedRundown
{
    private const int PieceBytes = 32 * 1024;
    private const nint ChunkBytes = 64 << 20;
    private const int MaxChunks = 4;

    private readonly object _gate = new();
    private readonly List<(nint Memory, nint Length)> _chunks = [];
    private int _descriptor = -1; // guarded by _gate: whoever aborts must not hit a stranger's descriptor

    public long Bytes { get; private set; }

    /// <summary>Compiles and binds what <see cref="Read"/> runs while the runtime lists its methods.</summary>
    public static void WarmUp()
    {
        var warm = new DrainedRundown();
        _ = warm.Drain(-1);
        warm.Free();
    }

    public SessionFailure? Read(DiagnosticIpc ipc, StartAnswer session, Deadline deadline)
    {
        Free();
        lock (_gate)
        {
            _descriptor = session.Descriptor;
        }

        try
        {
            Posix.SetTimeouts(session.Descriptor, deadline.Left);
            using var stop = ipc.SendStop(session.Session, deadline, out var failure);
            if (stop is null)
            {
                return failure;
            }

            if (!Drain(session.Descriptor))
            {
                return new SessionFailure(FailureReason.TimedOut, "The list of the methods that exist did not arrive completely: the machine may be overloaded. Frames may lack names.");
            }

            return DiagnosticIpc.AwaitStopped(stop, deadline);
        }
        finally
        {
            lock (_gate)
            {
                _ = Posix.Close(_descriptor);
                _descriptor = -1;
            }
        }
    }

    /// <summary>Lets a hanging <see cref="Read"/> return. Any thread.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            if (_descriptor >= 0)
            {
                Posix.Shutdown(_descriptor);
            }
        }
    }

    /// <summary>Feeds the reader on the pump, one piece per turn so that other sources are read between, and frees the memory.</summary>
    public void HandOver(Pump pump, PumpSource reader, bool complete)
    {
        var feed = new Feed(pump, reader, [.. _chunks], complete ? PumpClose.EndOfStream : PumpClose.Broken);
        _chunks.Clear();
        feed.Next();
    }

    /// <summary>Gives the bytes away in pieces on the calling thread, until there are no more or nobody wants them, and frees the memory.</summary>
    public void GiveTo(TakeBytes take)
    {
        foreach (var (memory, length) in _chunks)
        {
            for (nint offset = 0; offset < length; offset += PieceBytes)
            {
                if (!take(new ReadOnlySpan<byte>((byte*)memory + offset, (int)Math.Min(PieceBytes, length - offset))))
                {
                    Free();
                    return;
                }
            }
        }

        Free();
    }

    // True: the stream has ended.
    private bool Drain(int descriptor)
    {
        byte* signals = stackalloc byte[Posix.SignalSetBytes];
        Posix.BlockSignals(signals); // An interrupted call would return early.
        try
        {
            for (int i = 0; i < MaxChunks; i++)
            {
                byte* memory = Posix.Reserve(ChunkBytes);
                if (memory is null)
                {
                    return false;
                }

                nint length = Math.Max(0, Posix.ReceiveAll(descriptor, memory, ChunkBytes));
                _chunks.Add(((nint)memory, length));
                Bytes += length;
                if (length < ChunkBytes)
                {
                    return AtEnd(descriptor); // Short: the end, or the timeout.
                }
            }

            return false;
        }
        finally
        {
            Posix.RestoreSignals(signals);
        }
    }

    private static bool AtEnd(int descriptor)
    {
        byte one;
        return Posix.ReceiveNow(descriptor, &one, 1) == 0;
    }

    private void Free()
    {
        Free(CollectionsMarshal.AsSpan(_chunks));
        _chunks.Clear();
        Bytes = 0;
    }

    private static void Free(ReadOnlySpan<(nint Memory, nint Length)> chunks)
    {
        foreach (var (memory, _) in chunks)
        {
            Posix.Release((byte*)memory, ChunkBytes);
        }
    }

    /// <summary>Belongs to the pump after the first piece was posted.</summary>
    private sealed class Feed(Pump pump, PumpSource reader, (nint Memory, nint Length)[] chunks, PumpClose end)
    {
        private int _chunk;
        private nint _offset;
        private bool _failed;

        public void Next()
        {
            if (!pump.Post(Step, vital: true))
            {
                Finish(PumpClose.PumpStopped);
            }
        }

        private void Step()
        {
            try
            {
                while (_chunk < chunks.Length && _offset == chunks[_chunk].Length)
                {
                    _chunk++;
                    _offset = 0;
                }

                if (_chunk < chunks.Length)
                {
                    int length = (int)Math.Min(PieceBytes, chunks[_chunk].Length - _offset);
                    byte* start = (byte*)chunks[_chunk].Memory + _offset;
                    _offset += length;
                    reader.OnBytes(new ReadOnlySpan<byte>(start, length));
                }
            }
            catch
            {
                _failed = true;
                throw;
            }
            finally
            {
                if (_failed || _chunk == chunks.Length)
                {
                    Finish(_failed ? PumpClose.Faulted : end);
                }
                else
                {
                    Next();
                }
            }
        }

        private void Finish(PumpClose reason)
        {
            Free(chunks);
            reader.OnClosed(reason);
        }
    }
}

/// <returns>Whether more is wanted.</returns>
internal delegate bool TakeBytes(ReadOnlySpan<byte> bytes);
