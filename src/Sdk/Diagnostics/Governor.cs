using SelfProfiler.Decode;

namespace SelfProfiler.Diagnostics;

/// <summary>What the governor moves. Called on the pump.</summary>
/// <param name="AllowTicks">Ticks per second.</param>
/// <param name="Run">What can be stopped: on or off.</param>
internal readonly record struct GovernorLevers(Action<double> AllowTicks, Action<Stoppable, bool> Run);

/// <summary>Keeps the profiler within its budget: adds up what it costs, asks the policy each second, moves the sessions. Pump only, except where it says so.</summary>
internal sealed class Governor
{
    private const long DecideEveryNs = 1_000_000_000;
    private const long ShownNs = 5_000_000_000;
    private const long StartNs = 20_000_000_000;

    /// <summary>Short, so that CPU time waits for its samples for a few seconds at most.</summary>
    private const long KernelPeriodNs = 2_000_000_000;

    private readonly GovernorPolicy _policy = new();
    private readonly GovernorLevers _levers;
    private readonly SourceCost[] _sources = new SourceCost[GovernorInput.Stoppables];
    private readonly DutyCycle[] _cycles = new DutyCycle[GovernorInput.Stoppables];
    private readonly bool[] _runs = new bool[GovernorInput.Stoppables];
    private readonly bool[] _wanted = new bool[GovernorInput.Stoppables];
    private readonly long[] _onNs = new long[GovernorInput.Stoppables];
    private readonly long[] _wantedNs = new long[GovernorInput.Stoppables]; // the time of their cycles: what is not wanted has no pauses to make up for
    private readonly long[] _ranNs = new long[GovernorInput.Stoppables]; // this and the next since the clocks were read
    private readonly bool[] _paused = new bool[GovernorInput.Stoppables];
    private readonly long[] _askedUntil = new long[GovernorInput.Stoppables];
    private readonly bool[] _atOnce = new bool[GovernorInput.Stoppables]; // until the budget is shared out the next time
    private readonly CostReport _sinceDecision = new();
    private double _allowedTicks = -1;
    private long _lastTurn;
    private long _boostUntil;
    private long _graceUntil;
    private double _boostBudget;
    private double _usual;
    private double _switchesOffNs;
    private GovernorView _view = GovernorView.Nothing;

    public Governor(EventCostHandler eventNs, GovernorLevers levers, Random random)
    {
        Cost = new SelfCost(eventNs);
        _levers = levers;
        for (var i = 0; i < _cycles.Length; i++)
        {
            _cycles[i] = (Stoppable)i == Stoppable.Kernel ? new DutyCycle(random, KernelPeriodNs) : new DutyCycle(random);
        }
    }

    public SelfCost Cost { get; }

    /// <summary>False: everything runs, and what it costs is only shown.</summary>
    public bool Enabled { get; set; } = true;

    public double Budget { get; set; } = 0.005;

    /// <summary>For the sources somebody waits for, beside <see cref="Budget"/>.</summary>
    public double AskedBudget { get; init; }

    public double UsableCpus { get; set; } = Environment.ProcessorCount;

    public TickUse TickUse { get; set; }

    /// <summary>Ticks per second while their session runs, as measured.</summary>
    public double TickRate { get; set; }

    /// <summary>A list of methods is under way, or was since the clocks were read last: what is burnt beyond the usual is its price.</summary>
    public bool ListsMethods { get; set; }

    public GovernorDecision Decision { get; private set; } = GovernorDecision.Unlimited;

    /// <summary>For the status. Any thread.</summary>
    public GovernorView View => Volatile.Read(ref _view);

    /// <summary>Configured or not.</summary>
    public void Want(Stoppable source, bool wanted) => _wanted[(int)source] = wanted;

    /// <summary>A second budget for a while. Of two at a time the larger counts, until the later end.</summary>
    public void Boost(double budget, long until, long now) =>
        (_boostBudget, _boostUntil) = now < _boostUntil
            ? (Math.Max(_boostBudget, budget), Math.Max(_boostUntil, until))
            : (budget, until);

    /// <summary>The kernel takes samples now and has taken them since the clocks were read last.</summary>
    public bool KernelRanThroughout => _runs[(int)Stoppable.Kernel] && !_paused[(int)Stoppable.Kernel];

    /// <summary>Share of the time since the clocks were read last in which each source ran; of what is not wanted nothing is missing.</summary>
    public Duties Ran(long wallNs) => new(
        Ran(Stoppable.Waits, wallNs), Ran(Stoppable.Exceptions, wallNs), Ran(Stoppable.Contention, wallNs), Ran(Stoppable.Allocations, wallNs), Ran(Stoppable.Kernel, wallNs));

    /// <summary>Somebody waits for samples of CPU: all of them, until the budget is shared out the next time.</summary>
    public void AskForKernel() => _atOnce[(int)Stoppable.Kernel] = true;

    /// <summary>Somebody waits for what this source tells until then: all of it from now on, as far as <see cref="AskedBudget"/> goes.</summary>
    public void Ask(Stoppable source, long until)
    {
        _askedUntil[(int)source] = Math.Max(_askedUntil[(int)source], until);
        _atOnce[(int)source] = true;
    }

    /// <summary>What events of the kernel have cost context switches since the clocks were read last.</summary>
    public void CountSwitches(long switches, SwitchPrice price, long wallNs)
    {
        var share = KernelRanThroughout ? 1 : Share(Stoppable.Kernel, wallNs);
        _switchesOffNs += switches * price.OffNs;
        Cost.CountSwitches(switches * (price.OffNs + (share * (price.OnNs - price.OffNs))));
    }

    /// <summary>How many times its own value an event of this source counts now.</summary>
    public double Weight(Stoppable source) => _cycles[(int)source].Weight;

    /// <summary>Everything was stopped by somebody else: what is wanted starts again with the next turn. Nothing costs anything meanwhile.</summary>
    public void Forget()
    {
        Array.Clear(_runs);
        Array.Clear(_onNs);
        Array.Clear(_ranNs);
        _lastTurn = 0;
        _allowedTicks = -1;
        _sinceDecision.Clear();
        _switchesOffNs = 0;
        Volatile.Write(ref _view, GovernorView.Nothing with { Budget = Budget }); // nobody reckons until then
    }

    public void OnSample(in RawSample sample) => Cost.CountEvent(
        sample.Source switch
        {
            SampleSource.Kernel => CostSource.Kernel,
            SampleSource.Tick => CostSource.Ticks,
            SampleSource.Allocation => CostSource.Allocations,
            SampleSource.Contention => CostSource.Contention,
            SampleSource.Wait => CostSource.Waits,
            _ => CostSource.Exceptions,
        },
        sample.Addresses.Length);

    /// <summary>When the next session is to start or to stop, as far as is known.</summary>
    public long NextEdge { get; private set; } = long.MaxValue;

    /// <summary>Brings the sessions to where they should be now. At <see cref="NextEdge"/>, and at least every 100 ms.</summary>
    public void OnTurn(long now)
    {
        var passed = _lastTurn != 0 ? now - _lastTurn : 0;
        NextEdge = long.MaxValue;
        for (var i = 0; i < _sources.Length; i++)
        {
            var ran = _runs[i] ? passed : 0;
            _onNs[i] += ran;
            _wantedNs[i] += _wanted[i] ? passed : 0;
            _ranNs[i] += ran;
            _cycles[i].Count(_wantedNs[i], onlyItself: now < _askedUntil[i]);
            var run = _wanted[i] && _cycles[i].At(_wantedNs[i], _atOnce[i] ? 1 : Decision.Duty[(Stoppable)i]);
            if (_wanted[i] && _cycles[i].Edge > _wantedNs[i])
            {
                NextEdge = Math.Min(NextEdge, now + _cycles[i].Edge - _wantedNs[i]);
            }

            if (run != _runs[i])
            {
                _runs[i] = run;
                _levers.Run((Stoppable)i, run);
            }

            _paused[i] |= !run;
        }

        _lastTurn = now;
    }

    /// <summary>The clocks were read: a period of reckoning ends.</summary>
    public void OnClocks(long now, long wallNs, ReadOnlySpan<ThreadCpu> threads, long endedNs)
    {
        CountRundown(now, wallNs, threads);
        for (var i = 0; i < _runs.Length; i++)
        {
            (_ranNs[i], _paused[i]) = (0, !_runs[i]);
        }

        _sinceDecision.Add(Cost.Close(wallNs, UsableCpus, threads, endedNs));
        if (_sinceDecision.WallNs >= DecideEveryNs || _allowedTicks < 0)
        {
            Decide(now, threads.Length);
            _sinceDecision.Clear();
        }
    }

    private void Decide(long now, int threads)
    {
        double stoppable = _sinceDecision[CostSource.Ticks];
        var asked = false;
        for (var i = 0; i < _sources.Length; i++)
        {
            var source = (Stoppable)i;
            var cost = _sinceDecision[CostOf(source)] - (source == Stoppable.Kernel ? _switchesOffNs : 0);
            stoppable += cost;
            _sources[i] = new SourceCost(cost, _onNs[i], _wanted[i], _wanted[i] && now < _askedUntil[i]);
            asked |= _sources[i].Asked;
            _onNs[i] = 0;
        }

        var boosted = now < _boostUntil;
        var budget = boosted ? Math.Max(Budget, _boostBudget) : Budget;
        var decision = _policy.Decide(new GovernorInput
        {
            Now = now,
            Budget = budget,
            UsableCpus = UsableCpus,
            AppNs = boosted ? null : _sinceDecision.AppNs,
            AskedBudget = AskedBudget,
            WallNs = _sinceDecision.WallNs,
            FixedNs = FixedNs(now, stoppable + _switchesOffNs),
            SwitchesNs = _switchesOffNs,
            Threads = threads,
            Ticks = _sinceDecision.Suspensions,
            TicksNs = _sinceDecision[CostSource.Ticks],
            TickRate = TickRate,
            TickUse = TickUse,
            Sources = _sources,
        });
        Decision = Enabled ? decision : GovernorDecision.Unlimited;
        _switchesOffNs = 0;
        Array.Clear(_atOnce);
        var ticks = TickUse == TickUse.None ? 0 : Decision.TicksPerSecond;
        if (Math.Abs(ticks - _allowedTicks) > 0.02 * ticks || ticks == 0)
        {
            _allowedTicks = ticks;
            _levers.AllowTicks(ticks);
        }

        Publish(asked ? budget + AskedBudget : budget);
    }

    /// <summary>Without what is paid for otherwise: lists of methods from savings, and the start, which compiles all of the profiler once.</summary>
    private double FixedNs(long now, double stoppable) =>
        Starts(now) ? 0 : Math.Max(0, _sinceDecision.TotalNs - stoppable - _sinceDecision[CostSource.Rundown]);

    private bool Starts(long now)
    {
        _graceUntil = _graceUntil == 0 ? now + StartNs : _graceUntil;
        return now < _graceUntil;
    }

    private void CountRundown(long now, long wallNs, ReadOnlySpan<ThreadCpu> threads)
    {
        long burnt = 0;
        foreach (ref readonly var thread in threads)
        {
            burnt += thread.Kind is ThreadKind.Own or ThreadKind.EventPipe ? thread.CpuNs : 0;
        }

        if (!ListsMethods)
        {
            _usual += (((double)burnt / Math.Max(1, wallNs)) - _usual) / 8;
            return;
        }

        var price = Math.Max(0, burnt - (_usual * wallNs));
        Cost.CountRundown(price);
        if (!Starts(now))
        {
            _policy.RundownMade(price);
        }
    }

    private void Publish(double budget)
    {
        var shown = Cost.Over(ShownNs);
        var shares = new double[CostReport.Sources];
        for (var i = 0; i < shares.Length; i++)
        {
            shares[i] = shown.ShareOf((CostSource)i);
        }

        Volatile.Write(ref _view, new GovernorView(shown.Share, budget, shares, Decision, TickUse));
    }

    private double Ran(Stoppable source, long wallNs) => _wanted[(int)source] && _paused[(int)source] ? Share(source, wallNs) : 1;

    private double Share(Stoppable source, long wallNs) => Math.Clamp((double)_ranNs[(int)source] / Math.Max(1, wallNs), 0, 1);

    private static CostSource CostOf(Stoppable source) => source switch
    {
        Stoppable.Waits => CostSource.Waits,
        Stoppable.Exceptions => CostSource.Exceptions,
        Stoppable.Contention => CostSource.Contention,
        Stoppable.Allocations => CostSource.Allocations,
        _ => CostSource.Kernel,
    };
}
