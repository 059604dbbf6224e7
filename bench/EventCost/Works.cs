namespace SelfProfiler.EventCost;

/// <summary>About one sampled allocation per 100 KB, in small objects.</summary>
internal sealed class AllocationWork : IWork
{
    public int[] EventIds => [303];

    public void Run()
    {
        for (int i = 0; i < 60_000; i++)
        {
            GC.KeepAlive(new byte[1_000]);
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>Thrown and caught at once, so that unwinding does not grow with the depth.</summary>
internal sealed class ExceptionWork : IWork
{
    private readonly InvalidOperationException _exception = new("wanted");

    public int[] EventIds => [80];

    public void Run()
    {
        for (int i = 0; i < 1_000; i++)
        {
            try
            {
                throw _exception;
            }
            catch (InvalidOperationException)
            {
                // Wanted for its event.
            }
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>Ping-pong with another thread, thousands of times a second: a wait that is over at once makes no events.</summary>
internal sealed class WaitWork : IWork
{
    private readonly AutoResetEvent _ping = new(false);
    private readonly AutoResetEvent _pong = new(false);
    private readonly Thread _partner;
    private volatile bool _over;

    public WaitWork()
    {
        _partner = new Thread(Answer) { IsBackground = true };
        _partner.Start();
    }

    public int[] EventIds => [301, 302];

    public void Run()
    {
        for (int i = 0; i < 500; i++)
        {
            _ping.Set();
            _pong.WaitOne();
        }
    }

    public void Dispose()
    {
        _over = true;
        _ping.Set();
        _partner.Join();
        _ping.Dispose();
        _pong.Dispose();
    }

    private void Answer()
    {
        while (true)
        {
            _ping.WaitOne();
            if (_over)
            {
                return;
            }

            _pong.Set();
        }
    }
}

/// <summary>Waits of a millisecond: the processor has done something else meanwhile, and its caches with it.</summary>
internal sealed class RareWaitWork : IWork
{
    private readonly ManualResetEvent _never = new(false);

    public int[] EventIds => [301, 302];

    public void Run()
    {
        for (int i = 0; i < 100; i++)
        {
            _never.WaitOne(1);
        }
    }

    public void Dispose() => _never.Dispose();
}

/// <summary>A lock that another thread holds until somebody waits for it.</summary>
internal sealed class ContentionWork : IWork
{
    private const int Times = 300;

    private readonly object _gate = new();
    private readonly SemaphoreSlim _ask = new(0);
    private readonly SemaphoreSlim _held = new(0);
    private readonly Thread _holder;
    private volatile Thread? _waiter;
    private volatile bool _over;

    public ContentionWork()
    {
        _holder = new Thread(Hold) { IsBackground = true };
        _holder.Start();
    }

    public int[] EventIds => [81, 91];

    public void Run()
    {
        _waiter = Thread.CurrentThread;
        for (int i = 0; i < Times; i++)
        {
            _ask.Release();
            _held.Wait();
            lock (_gate)
            {
                GC.KeepAlive(this);
            }
        }
    }

    public void Dispose()
    {
        _over = true;
        _ask.Release();
        _holder.Join();
        _ask.Dispose();
        _held.Dispose();
    }

    private void Hold()
    {
        while (true)
        {
            _ask.Wait();
            if (_over)
            {
                return;
            }

            lock (_gate)
            {
                _held.Release();
                long contentions = Monitor.LockContentionCount;
                while (Monitor.LockContentionCount == contentions && _waiter?.ThreadState != ThreadState.WaitSleepJoin)
                {
                    Thread.Yield();
                }

                Thread.Sleep(0);
            }
        }
    }
}
