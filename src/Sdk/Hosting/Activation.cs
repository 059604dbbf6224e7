using SelfProfiler.Diagnostics.Fleet;

namespace SelfProfiler.Hosting;

/// <summary>Whether the sources run: the off switch, this instance's turn in the fleet, and somebody who asks out of turn.</summary>
/// <remarks>Starting and stopping takes time and is never done on the pump.</remarks>
/// <param name="turns">When it is this instance's turn.</param>
/// <param name="start">Starts all sources.</param>
/// <param name="stop">Stops them.</param>
/// <param name="inBackground">Runs something soon, on another thread.</param>
/// <param name="utcNow">The clock on the wall.</param>
/// <param name="now">Monotonic nanoseconds.</param>
internal sealed class Activation(
    Participation turns, Action start, Action stop, Action<Action> inBackground, Func<DateTimeOffset> utcNow, Func<long> now)
{
    private const long LookEveryNs = 200_000_000;
    private const long RetryAfterNs = 10_000_000_000;

    private readonly Lock _gate = new();
    private volatile bool _enabled;
    private volatile bool _running; // written under _gate
    private volatile bool _posted;
    private volatile bool _closed;
    private long _demandUntil;
    private long _notBefore;
    private long _nextLook; // pump

    /// <summary>The off switch is not pulled.</summary>
    public bool Enabled => _enabled;

    /// <summary>Sources run, or are being started.</summary>
    public bool Running => _running;

    /// <summary>For the status; null when there is no fleet mode.</summary>
    public string? Sentence =>
        turns.IsAlways ? null
        : _running && !turns.IsActive(utcNow()) ? "Somebody asks out of turn. " + turns.Sentence(utcNow())
        : turns.Sentence(utcNow());

    /// <summary>Takes effect before it returns.</summary>
    public void SetEnabled(bool enabled)
    {
        _enabled = enabled;
        Apply();
    }

    /// <summary>Somebody wants samples until then, whoever's turn it is. Any thread.</summary>
    public void Demand(long until)
    {
        long before;
        while (until > (before = Volatile.Read(ref _demandUntil)) && Interlocked.CompareExchange(ref _demandUntil, until, before) != before)
        {
        }

        if (!_running)
        {
            Post();
        }
    }

    /// <summary>Pump only.</summary>
    public void OnTurn(long time)
    {
        if (time >= _nextLook)
        {
            _nextLook = time + LookEveryNs;
            if (Wanted(time) != _running && time >= Volatile.Read(ref _notBefore))
            {
                Post();
            }
        }
    }

    /// <summary>Nothing is started any more; who stops the engine stops the sources too.</summary>
    public void Close()
    {
        _closed = true;
        lock (_gate)
        {
            // Whoever was starting or stopping them has finished.
            _running = false;
        }
    }

    private void Post()
    {
        if (!_posted)
        {
            _posted = true;
            inBackground(Apply);
        }
    }

    private void Apply()
    {
        _posted = false;
        lock (_gate)
        {
            bool wanted = Wanted(now());
            if (_closed || wanted == _running)
            {
                return;
            }

            _running = wanted;
            try
            {
                (wanted ? start : stop)();
            }
            catch when (wanted)
            {
                // No thread to be had, for example. Tried again, but not at every look; whoever asked is told.
                _running = false;
                Volatile.Write(ref _notBefore, now() + RetryAfterNs);
                throw;
            }
        }
    }

    private bool Wanted(long time) => _enabled && (time < Volatile.Read(ref _demandUntil) || turns.IsActive(utcNow()));
}
