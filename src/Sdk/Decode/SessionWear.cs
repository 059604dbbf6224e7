namespace SelfProfiler.Decode;

/// <summary>Tells when a session should be started anew, because its runtime is about to lose memory for threads that have ended.</summary>
/// <remarks>
/// Up to .NET 10, whenever a session has handed out 10 MB of buffers, the runtime forgets the threads that wrote into it and have ended
/// meanwhile, without releasing about 600 bytes of each; what a session still knows when it stops is released. A thread takes a
/// buffer of 100 KB for what it writes between two looks of the runtime's writer, however little that is.
/// </remarks>
internal sealed class SessionWear
{
    /// <summary>Buffers after which threads that have ended are looked for.</summary>
    public const int WornBuffers = 60;

    private const int BuffersBetweenLooks = 8;

    // Pump only.
    private long _last = -1;
    private int _buffers;
    private int _nextLook = WornBuffers;

    /// <summary>A block of events begins: at the latest here the writer's look is another.</summary>
    public void OnBlock() => _last = -1;

    /// <summary>The events of one look are sorted by thread.</summary>
    public void Saw(long thread)
    {
        if (thread != _last)
        {
            _last = thread;
            _buffers++;
        }
    }

    /// <summary>The 10 MB are over; the next ones begin.</summary>
    public void OnSequencePoint()
    {
        _buffers = 0;
        _nextLook = WornBuffers;
    }

    /// <summary>Whether to look for ended threads now; not at every event.</summary>
    public bool TakeLook()
    {
        if (_buffers < _nextLook)
        {
            return false;
        }

        _nextLook = _buffers + BuffersBetweenLooks;
        return true;
    }
}
