namespace SelfProfiler.Session;

/// <summary>Bytes of a trace on their way from the thread that receives them to whoever writes them on. Bounded; blocks are used again.</summary>
/// <remarks>One side blocks and never needs the thread pool; the other may wait either way.</remarks>
#pragma warning disable CA1001 // The semaphores hold nothing to dispose: nobody asks them for a wait handle.
internal sealed class TraceBlocks(int limit)
#pragma warning restore CA1001
{
    public const int BlockBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<TraceBlock> _filled = []; // guarded by _gate
    private readonly Stack<byte[]> _empty = []; // guarded by _gate
    private readonly SemaphoreSlim _room = new(limit);
    private readonly SemaphoreSlim _ready = new(0);
    private Exception? _failure; // written before _complete
    private volatile bool _complete;

    /// <summary>A block to fill; null when the reader has not kept up for so long.</summary>
    public byte[]? TryRent(TimeSpan patience)
    {
        if (!_room.Wait(patience))
        {
            return null;
        }

        lock (_gate)
        {
            return _empty.TryPop(out byte[]? block) ? block : GC.AllocateUninitializedArray<byte>(BlockBytes);
        }
    }

    /// <summary>Hands over a rented block; without bytes it only goes back.</summary>
    public void Put(byte[] block, int length)
    {
        if (length == 0)
        {
            Return(block);
            return;
        }

        lock (_gate)
        {
            _filled.Enqueue(new TraceBlock(block, length));
        }

        _ready.Release();
    }

    /// <summary>Nothing follows. The reader gets what is there first, then the failure if there is one.</summary>
    public void Complete(Exception? failure)
    {
        _failure = failure;
        _complete = true;
        _ready.Release();
    }

    /// <summary>The next block, to be given back; null at the end.</summary>
    public TraceBlock? Next(CancellationToken cancellationToken)
    {
        _ready.Wait(cancellationToken);
        return Take();
    }

    public async ValueTask<TraceBlock?> NextAsync(CancellationToken cancellationToken)
    {
        await _ready.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Take();
    }

    public void Return(byte[] block)
    {
        lock (_gate)
        {
            _empty.Push(block);
        }

        _room.Release();
    }

    private TraceBlock? Take()
    {
        lock (_gate)
        {
            if (_filled.TryDequeue(out var block))
            {
                return block;
            }
        }

        return _complete && _failure is not null ? throw _failure : null;
    }
}

internal readonly record struct TraceBlock(byte[] Bytes, int Length);
