using SelfProfiler.Diagnostics;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

/// <summary>An application and a profiler made of numbers: costs follow from what the policy allows, second by second, on a clock of its own.</summary>
internal sealed class SimulatedLoad
{
    private const long StepNs = 100_000_000;
    private const int Stoppables = GovernorInput.Stoppables;

    private readonly GovernorPolicy _policy = new();
    private readonly Random _random = new(7);
    private readonly DutyCycle[] _cycles;
    private readonly double[] _owed = new double[Stoppables];
    private readonly double[] _cost = new double[Stoppables];
    private readonly long[] _on = new long[Stoppables];
    private double _tickCost, _fixedCost;
    private long _ticks, _now = 1_000_000_000, _asked = 1_000_000_000;

    public SimulatedLoad() => _cycles = [.. Enumerable.Range(0, Stoppables).Select(i => (Stoppable)i == Stoppable.Kernel ? new DutyCycle(new Random(i), 2_000_000_000) : new DutyCycle(new Random(i)))];

    public double Budget { get; set; } = 0.005;

    public double Cpus { get; set; } = 2;

    /// <summary>Those the application uses itself.</summary>
    public double? UsedCpus { get; set; }

    /// <summary>Somebody waits for what this one tells.</summary>
    public Stoppable? Asked { get; set; }

    public int Threads { get; set; } = 20;

    public double TickRate { get; set; } = 950;

    public TickUse TickUse { get; set; } = TickUse.Cpu;

    /// <summary>Cost of each stoppable session while it is on, as a share of one processor.</summary>
    public double[] Price { get; } = [0.0002, 0.0001, 0.0001, 0.0005, 0];

    public double FixedShare { get; set; } = 0.0005;

    /// <summary>Cost of context switches while the kernel's events are off, as a share of one processor.</summary>
    public double SwitchesShare { get; set; }

    public GovernorDecision Decision { get; private set; } = new(0, Duties.Full, false, 0, 0, false);

    /// <summary>What the profiler took in each second, as a share of the usable processors.</summary>
    public List<double> Seconds { get; } = [];

    public List<GovernorDecision> Decisions { get; } = [];

    public double Average(int lastSeconds) => Seconds.TakeLast(lastSeconds).Average();

    /// <summary>The application stands still: nothing is burnt, events wait to be read.</summary>
    public void Pause(double seconds)
    {
        _now += (long)(seconds * 1e9);
        for (var i = 0; i < Stoppables; i++)
        {
            _on[i] += _cycles[i].On ? (long)(seconds * 1e9) : 0;
        }
    }

    public void Run(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            double taken = 0;
            for (var step = 0; step < 10; step++)
            {
                taken += Step();
            }

            Seconds.Add(taken / (Cpus * 1e9));
            Ask();
        }
    }

    private double Step()
    {
        _now += StepNs;
        var before = _fixedCost + _tickCost + _cost.Sum();
        _fixedCost += FixedShare * StepNs;

        // 4 µs for each thread and tick, with two processors standing still; half of it comes and goes with chance.
        var ticks = (long)((Decision.TicksPerSecond / 10) + _random.NextDouble());
        _ticks += ticks;
        _tickCost += ticks * Threads * 8_000.0 * (0.75 + (_random.NextDouble() / 2));
        _fixedCost += Math.Min(0.5, Decision.TicksPerSecond / 3) / 10 * 1_000_000;
        for (var i = 0; i < Stoppables; i++)
        {
            // Events are read one step after they were written.
            _cost[i] += _owed[i];
            var on = _cycles[i].At(_now, Decision.Duty[(Stoppable)i]);
            _owed[i] = on ? Price[i] * StepNs * (0.8 + (_random.NextDouble() * 0.4)) : 0;
            _on[i] += on ? StepNs : 0;
        }

        return _fixedCost + _tickCost + _cost.Sum() - before;
    }

    private void Ask()
    {
        Decision = _policy.Decide(new GovernorInput
        {
            Now = _now,
            Budget = Budget,
            UsableCpus = Cpus,
            AppNs = UsedCpus * (_now - _asked),
            AskedBudget = 0.02,
            WallNs = _now - _asked,
            FixedNs = _fixedCost,
            SwitchesNs = SwitchesShare * (_now - _asked),
            Threads = Threads,
            Ticks = _ticks,
            TicksNs = _tickCost,
            TickRate = TickRate,
            TickUse = TickUse,
            Sources = [.. Enumerable.Range(0, Stoppables).Select(i => new SourceCost(_cost[i], _on[i], Asked: (Stoppable)i == Asked))],
        });
        Decisions.Add(Decision);
        (_tickCost, _fixedCost, _ticks, _asked) = (0, 0, 0, _now);
        Array.Clear(_cost);
        Array.Clear(_on);
    }
}
