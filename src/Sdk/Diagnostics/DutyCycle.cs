namespace SelfProfiler.Diagnostics;

/// <summary>Turns a duty into times: when a session is on and when off. Periods are random, so that nothing periodic in the application is always or never seen. No clock of its own.</summary>
internal sealed class DutyCycle(Random random, long periodNs = DutyCycle.PeriodNs)
{
    /// <summary>Shorter windows would consist of their own edges: pairs are cut there, and starting costs something.</summary>
    private const long ShortestOnNs = 250_000_000;

    private const long PeriodNs = 10_000_000_000;

    /// <summary>A profile of some seconds shall not end in the first pause.</summary>
    private const long AskedPeriodNs = 1_000_000_000;

    /// <summary>A session that is off is tried after this long, the next time after twice as long: the storm may be over.</summary>
    private const long RetryNs = 60_000_000_000;
    private const int MostDoublings = 4;

    private double _duty = 1;
    private long _edge;
    private long _onSince;
    private long _offSince;
    private double _unaccountedNs;
    private int _retries;
    private double _heldNs; // pauses that wait until windows stand for more than themselves again
    private bool _onlyItself;

    public bool On { get; private set; } = true;

    /// <summary>How many times its own value an event of the present window counts: the window stands for the pause before it, too.</summary>
    public double Weight { get; private set; } = 1;

    /// <summary>When <see cref="At"/> has something to change, as far as is known; the past when it always runs.</summary>
    public long Edge => _edge;

    /// <summary>While somebody waits for a profile its windows do not stand for the pauses before it: those are made up for afterwards.</summary>
    public void Count(long now, bool onlyItself)
    {
        if (onlyItself == _onlyItself)
        {
            return;
        }

        if (On)
        {
            Account(now);
        }
        else
        {
            _unaccountedNs += now - _offSince;
        }

        (_onSince, _offSince, Weight) = (now, now, 1);
        (_heldNs, _unaccountedNs) = onlyItself ? (_unaccountedNs, 0.0) : (0.0, _unaccountedNs + _heldNs);
        _onlyItself = onlyItself;
    }

    /// <summary>Tells whether the session should run now; call at <see cref="Edge"/>, and whenever the duty may have changed.</summary>
    public bool At(long now, double duty)
    {
        _retries = duty > 0 ? 0 : _retries;
        if (duty >= 1)
        {
            Always(now);
        }
        else if (now >= _edge || (On && duty < _duty * 0.8))
        {
            Turn(now, duty); // a smaller duty in the middle of a window ends it: the storm is now
        }
        else if (!On && duty > _duty * 1.5)
        {
            _edge = Math.Min(_edge, now + OffNs(duty));
        }

        _duty = duty;
        return On;
    }

    // The pause before is not forgotten: one more window stands for it.
    private void Always(long now)
    {
        if (!On)
        {
            Begin(now, Jittered(ShortestOnNs));
        }
        else if (now >= _edge && _edge != 0)
        {
            Account(now);
            (_edge, Weight) = (0, 1);
        }
    }

    private void Turn(long now, double duty)
    {
        if (!On)
        {
            Begin(now, OnNs(duty));
            return;
        }

        Account(now);
        (On, _offSince, _edge) = (false, now, now + OffNs(duty));
    }

    private void Begin(long now, long length)
    {
        _unaccountedNs += now - _offSince;
        (On, _onSince, _edge) = (true, now, now + length);
        Weight = 1 + Math.Max(0, _unaccountedNs / length);
    }

    // A window lasts longer than was meant, because nobody came in time, or is cut short: the next one makes up for what this one's weight did not say.
    private void Account(long now) => _unaccountedNs -= (now - _onSince) * (Weight - 1);

    private long Period => _onlyItself ? Math.Min(AskedPeriodNs, periodNs) : periodNs;

    private long OnNs(double duty) => Jittered(Math.Max(ShortestOnNs, (long)(Period * duty)));

    private long OffNs(double duty) =>
        duty <= 0 ? Jittered(RetryNs << Math.Min(MostDoublings, _retries++)) : Jittered((long)Math.Min(RetryNs, Math.Max(ShortestOnNs, Period * duty) * (1 - duty) / duty));

    private long Jittered(long ns) => (long)(ns * (0.5 + random.NextDouble()));
}
