using SelfProfiler.Symbolize;

namespace SelfProfiler.Aggregate;

/// <summary>Tells from the frames next to the leaf whether a thread was blocked, and whether it was merely idle: a pool worker without work, the timer thread. Pump only.</summary>
internal sealed class KnownWaits(FrameTable frames, StackTrie trie)
{
    /// <summary>How far from the leaf the telling frame may be.</summary>
    private const int Depth = 8;

    private Kind[] _kinds = new Kind[1024];

    [Flags]
    private enum Kind : byte
    {
        Unknown = 0,
        Known = 1,
        Blocking = 2,
        Idle = 4,
        Lock = 8,
        Told = 16,
    }

    public bool IsBlocked(int stack) => Has(stack, Kind.Blocking);

    /// <summary>What a wait is that the runtime told of.</summary>
    public WaitVerdict Judge(int stack)
    {
        var found = Kind.Unknown;
        bool unknown = false;
        for (int depth = 0; depth < Depth && stack != StackTrie.Root; depth++, stack = trie.ParentOf(stack))
        {
            int frame = trie.FrameOf(stack);
            var kind = KindOf(frame);
            if ((kind & Kind.Lock) != 0)
            {
                return WaitVerdict.Lock;
            }

            found |= kind;
            unknown |= kind == Kind.Unknown && !frames.IsSettled(frame);
        }

        return unknown ? WaitVerdict.Unknown
            : (found & Kind.Idle) != 0 ? WaitVerdict.Idle
            : WaitVerdict.Wait;
    }

    /// <summary>The runtime tells of such a wait or contention by events.</summary>
    public bool IsTold(int stack) => Has(stack, Kind.Told);

    /// <summary>Frames were renumbered.</summary>
    public void Forget() => Array.Clear(_kinds);

    private static Kind Classify(MethodBody? body)
    {
        if (body is null)
        {
            return Kind.Unknown; // may be named later
        }

        return body.Namespace switch
        {
            "System.Threading.LowLevelLifoSemaphore" => Kind.Known | Kind.Blocking | Kind.Idle,
            "System.Threading.PortableThreadPool+GateThread" => Kind.Known | Kind.Blocking | Kind.Idle,
            "System.Threading.PortableThreadPool+WaitThread" => Kind.Known | Kind.Blocking | Kind.Idle,
            "System.Threading.TimerQueue" when body.Name is "TimerThread" => Kind.Known | Kind.Blocking | Kind.Idle,
            "System.Net.Sockets.SocketAsyncEngine" when body.Name is "EventLoop" => Kind.Known | Kind.Blocking | Kind.Idle,
            "System.Threading.WaitHandle" when body.Name.StartsWith("Wait", StringComparison.Ordinal) => Kind.Known | Kind.Blocking | Kind.Told,
            "System.Threading.Thread" when body.Name.StartsWith("Sleep", StringComparison.Ordinal) || body.Name is "Join" => Kind.Known | Kind.Blocking,
            "System.Threading.Monitor" when body.Name.StartsWith("Enter", StringComparison.Ordinal) || body.Name.StartsWith("TryEnter", StringComparison.Ordinal) || body.Name.StartsWith("ReliableEnter", StringComparison.Ordinal)
                => Kind.Known | Kind.Blocking | Kind.Lock | Kind.Told,
            "System.Threading.Monitor" => Kind.Known | Kind.Blocking | Kind.Told,
            "System.Threading.LowLevelMonitor" => Kind.Known | Kind.Blocking,
            "System.Threading.WaitSubsystem" => Kind.Known | Kind.Blocking,
            "System.Threading.Lock" => Kind.Known | Kind.Blocking | Kind.Lock | Kind.Told,
            "Interop+Sys" when body.Name is "Read" or "PRead" or "Receive" or "ReceiveMessage" or "Accept" or "Connect" or "Poll" or "WaitForSocketEvents" or "WaitPidExitedNoHang"
                => Kind.Known | Kind.Blocking,
            _ => Kind.Known,
        };
    }

    private bool Has(int stack, Kind wanted)
    {
        for (int depth = 0; depth < Depth && stack != StackTrie.Root; depth++, stack = trie.ParentOf(stack))
        {
            if ((KindOf(trie.FrameOf(stack)) & wanted) != 0)
            {
                return true;
            }
        }

        return false;
    }

    private Kind KindOf(int frame)
    {
        if (frame >= _kinds.Length)
        {
            Array.Resize(ref _kinds, Math.Max(frame + 1, _kinds.Length * 2));
        }

        if (_kinds[frame] == Kind.Unknown)
        {
            var body = frames.Get(frame).Body;
            _kinds[frame] = body is { Guessed: true } && !frames.IsSettled(frame) ? Kind.Unknown : Classify(body);
        }

        return _kinds[frame];
    }
}

internal enum WaitVerdict
{
    /// <summary>Names that would tell are not known yet.</summary>
    Unknown,

    /// <summary>Somebody waits for something.</summary>
    Wait,

    /// <summary>The wait is part of taking a lock.</summary>
    Lock,

    /// <summary>A thread without work.</summary>
    Idle,
}
