using SelfProfiler.Aggregate;
using SelfProfiler.Diagnostics;

namespace SelfProfiler.History;

/// <summary>A thread that cuts one window after the other and gives them to the store. It needs neither the pool nor the pump's patience.</summary>
internal sealed class HistoryRecorder(ProfilerEngine engine, Action<SealedWindow> store) : IDisposable
{
    /// <summary>How exactly <c>from</c> and <c>to</c> can cut recent history.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>How long a window lasts at most, delays included.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan SealDeadline = TimeSpan.FromSeconds(3);

    private readonly AutoResetEvent _wake = new(false);
    private Thread? _thread;
    private volatile bool _stopped;
    private volatile CaptureTicket? _open;
    private volatile CaptureTicket? _sealing;
    private long _missed;

    /// <summary>The window that is filled now; null before the start.</summary>
    public CaptureTicket? Open => _open;

    /// <summary>A window that has ended but is not in the store yet; null when there is none.</summary>
    public CaptureTicket? Sealing => _sealing;

    public long Missed => Interlocked.Read(ref _missed);

    public void Start()
    {
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = ThreadNames.OwnPrefix + " history" };
        _thread.UnsafeStart();
    }

    public void Dispose()
    {
        _stopped = true;
        _wake.Set(); // the thread ends by itself; nothing waits for it
    }

    private void Run()
    {
        _open = engine.Open(Kinds.Interval, TimeSpan.MaxValue);
        while (!_stopped)
        {
            _wake.WaitOne(Interval);
            if (_stopped)
            {
                return;
            }

            try
            {
                Cut();
            }
            catch (Exception)
            {
                Interlocked.Increment(ref _missed); // shown in the status; the next window is a new chance
            }
        }
    }

    private void Cut()
    {
        var ended = _open!;
        _sealing = ended;
        _open = engine.Cut(ended);
        try
        {
            // Cancelled when the pump took no command: the window is lost, and so is the order to open the next.
            if (!ended.Done.Wait(SealDeadline))
            {
                Interlocked.Increment(ref _missed);
                return;
            }

            var window = ended.Done.GetAwaiter().GetResult();
            if (Array.Exists(window.Rows, rows => rows.Length > 0))
            {
                store(window);
            }
        }
        finally
        {
            _sealing = null;
            if (_open.Done.IsCanceled && !_stopped)
            {
                engine.End(ended);
                _open = engine.Open(Kinds.Interval, TimeSpan.MaxValue);
            }
        }
    }
}
