using System.Runtime.CompilerServices;
using SelfProfiler.Diagnostics;

namespace SelfProfiler.TestKit.Workloads;

/// <summary>Burns CPU in three methods, 60, 30 and 10 % of it, in phases below a millisecond, and measures by the thread's clock what each really got.</summary>
/// <remarks>Phases this short defeat a sampler whose samples come in bunches: it must earn the split.</remarks>
public sealed class BusySplit
{
    private readonly long[] _burntNs = new long[3];
    private int _unit = 1_000;
    private double _sink = 1;

    /// <summary>CPU time burnt in all.</summary>
    public long TotalNs => _burntNs.Sum();

    public double AlphaShare => (double)_burntNs[0] / TotalNs;

    public double BetaShare => (double)_burntNs[1] / TotalNs;

    public double GammaShare => (double)_burntNs[2] / TotalNs;

    /// <summary>Result of the arithmetic, so that nobody can leave it out.</summary>
    public double Sink => _sink;

    /// <summary>Burns on the calling thread.</summary>
    public void Run(TimeSpan time, CancellationToken cancellationToken = default)
    {
        Calibrate();
        for (var end = Clock.Now + (time.Ticks * 100); Clock.Now < end && !cancellationToken.IsCancellationRequested;)
        {
            var start = Libc.ThreadCpuNs();
            _sink += Alpha(6 * _unit);
            var alpha = Libc.ThreadCpuNs();
            _sink += Beta(3 * _unit);
            var beta = Libc.ThreadCpuNs();
            _sink += Gamma(_unit);
            var gamma = Libc.ThreadCpuNs();
            _burntNs[0] += alpha - start;
            _burntNs[1] += beta - alpha;
            _burntNs[2] += gamma - beta;
        }
    }

    /// <summary>Burns on a thread of its own.</summary>
    public Thread Start(TimeSpan time, CancellationToken cancellationToken = default)
    {
        var thread = new Thread(() => Run(time, cancellationToken)) { Name = "busy", IsBackground = true };
        thread.Start();
        return thread;
    }

    // One unit is about 80 µs: the longest phase stays below half a millisecond. The shortest of several counts: others may take the processor meanwhile.
    private void Calibrate()
    {
        Alpha(200_000);
        var best = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var start = Libc.ThreadCpuNs();
            _sink += Alpha(20_000);
            best = Math.Min(best, Libc.ThreadCpuNs() - start);
        }

        _unit = (int)Math.Clamp(20_000 * 80_000 / Math.Max(1, best), 100, 10_000_000);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private double Alpha(int steps)
    {
        var value = _sink;
        for (var i = 0; i < steps; i++)
        {
            value = (value * 1.000001) + (i & 3);
        }

        return value > 1e100 ? 1 : value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private double Beta(int steps)
    {
        var value = _sink;
        for (var i = 0; i < steps; i++)
        {
            value = (value * 1.000002) + (i & 7);
        }

        return value > 1e100 ? 1 : value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private double Gamma(int steps)
    {
        var value = _sink;
        for (var i = 0; i < steps; i++)
        {
            value = (value * 1.000003) + (i & 15);
        }

        return value > 1e100 ? 1 : value;
    }
}
